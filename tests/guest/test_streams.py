"""Code that reads from and writes to streams of asyncio, which it is given or opens."""

import asyncio
from typing import Any

import pytest
from tests.guest.test_search import job_of

from aitestgen_guest import explore
from aitestgen_guest.arguments.caught import roles
from aitestgen_guest.arguments.specs import Namer, from_annotation
from aitestgen_guest.environment.fakes import FakeReader, FakeStreams, FakeWriter

CODE = """
    import asyncio

    async def answer(reader, writer):
        count = 0
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
            count += 1
        writer.close()
        return count

    async def ask(host: str, port: int) -> bytes:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"ping")
        reply = await reader.read(10)
        if not reply:
            raise ConnectionError("no reply")
        return reply
"""


def test_names_tell_what_is_read_from_and_written_to() -> None:
    told = roles(str(job_of(CODE)["source"]))
    assert told["reader"] == ("reader",)
    assert told["writer"] == ("writer",)


def test_annotations_tell_it_as_well() -> None:
    namer = Namer({}, {})
    assert from_annotation(asyncio.StreamReader, namer) == ("reader",)
    assert from_annotation(asyncio.StreamWriter, namer) == ("writer",)


def test_what_is_written_is_told_and_what_is_asked_of_a_connection() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(CODE), frames.append)
    cases = [frame for frame in frames if frame["ev"] == "case" and frame["observation"]["outcome"] == "returns"]
    answered = [case["observation"]["facts"]["calls:0"] for case in cases if case["target"] == "answer"]
    assert "['close']" in answered
    assert any(text.startswith("[b") and text.endswith("\\n', 'close']") for text in answered)
    asked = [case["observation"]["facts"]["asked:streams"] for case in cases if case["target"] == "ask"]
    assert asked
    assert all(text.endswith(", b'ping']") for text in asked)


READS: list[tuple[str, list[Any]]] = [
    ("read", []),
    ("read", [2]),
    ("readline", []),
    ("readexactly", [3]),
    ("readexactly", [30]),
    ("readuntil", [b"c"]),
    ("readuntil", [b"z"]),
]


@pytest.mark.parametrize(("name", "arguments"), READS, ids=str)
def test_a_fake_reader_gives_what_a_real_one_does(name: str, arguments: list[Any]) -> None:
    async def twice(reader: Any) -> list[Any]:
        found: list[Any] = []
        for _ in range(2):
            try:
                found.append(await getattr(reader, name)(*arguments))
            except asyncio.IncompleteReadError as error:
                found.append((error.partial, error.expected))
        return [*found, reader.at_eof(), [line async for line in reader]]

    async def both() -> tuple[list[Any], list[Any]]:
        real = asyncio.StreamReader()
        real.feed_data(b"abc\nde\nfg")
        real.feed_eof()
        return await twice(real), await twice(FakeReader(b"abc\nde\nfg"))

    real, fake = asyncio.run(both())
    assert fake == real


def test_a_fake_connection_fails_as_it_is_told_and_then_answers() -> None:
    async def scenario() -> tuple[bytes, list[Any]]:
        streams = FakeStreams(ConnectionRefusedError(111, "refused"), b"pong")
        with pytest.raises(ConnectionRefusedError):
            await streams.open_connection("host", 1)
        reader, writer = await streams.open_connection("host", 2)
        writer.writelines([b"a", b"b"])
        writer.close()
        await writer.wait_closed()
        return await reader.read(), streams.asked

    assert asyncio.run(scenario()) == (b"pong", [("host", 1), ("host", 2), b"a", b"b", "close"])


def test_a_fake_writer_knows_whether_it_was_closed() -> None:
    writer = FakeWriter()
    assert not writer.is_closing()
    writer.close()
    assert writer.is_closing()
    assert writer.get_extra_info("peername") == ("127.0.0.1", 50000)
    assert writer.get_extra_info("cipher", 5) == 5
