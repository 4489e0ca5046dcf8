"""Arguments of async code: what is awaited, and what is read with `async for`."""

from typing import Any

import pytest
from tests.guest.test_search import job_of

from aitestgen_guest import explore
from aitestgen_guest.arguments.caught import roles

CODE = """
    import asyncio
    from collections.abc import AsyncIterator

    async def within(awaitable, seconds, default=None):
        try:
            return await asyncio.wait_for(awaitable, seconds)
        except asyncio.TimeoutError:
            return default

    async def batches(source, size):
        batch = []
        async for item in source:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    async def first(items: AsyncIterator[int]) -> int | None:
        async for item in items:
            return item
        return None
"""


def cases() -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(CODE), frames.append)
    return [frame for frame in frames if frame["ev"] == "case"]


def test_names_tell_what_is_awaited_and_read() -> None:
    told = roles(str(job_of(CODE)["source"]))
    assert told["awaitable"][0] == "awaitable"
    assert told["source"][0] == "stream"
    assert "size" not in told


def test_what_is_awaited_comes_at_once_or_late() -> None:
    texts = {case["arguments"][0] for case in cases() if case["target"] == "within"}
    assert any(text.startswith("asyncio.sleep(") for text in texts)
    assert any(text.startswith("FakeAsyncFunction(") for text in texts)


@pytest.mark.parametrize("target", ["batches", "first"])
def test_streams_are_async_generators_that_the_tests_define(target: str) -> None:
    found = [case for case in cases() if case["target"] == target and case["observation"]["outcome"] == "returns"]
    assert any(case["arguments"][0].startswith("arriving(") for case in found)
    assert any("async def arriving(*items):" in source for case in found for source in case["definitions"])
