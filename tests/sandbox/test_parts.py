"""The smaller parts of the jail: filter, interpreter, output, wire, doctor."""

import asyncio
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from aitestgen.errors import SandboxError, UsageError
from aitestgen.sandbox import wire
from aitestgen.sandbox.doctor import diagnose
from aitestgen.sandbox.interpreter import inspect_interpreter, own_interpreter
from aitestgen.sandbox.output import Output
from aitestgen.sandbox.seccomp import ARCHITECTURES, filter_program
from aitestgen.sandbox.slots import user_slot

ALLOW, KILL, EPERM, ENOSYS, EAFNOSUPPORT = 0x7FFF0000, 0x80000000, 0x50001, 0x50026, 0x50061


def decide(machine: str, call: str | int, *arguments: int, audit: int | None = None) -> int:
    """What the filter returns: a small classic BPF machine (linux/filter.h) for the five instructions in use."""
    architecture = ARCHITECTURES[machine]
    number = architecture.calls[call] if isinstance(call, str) else call
    data = struct.pack("=IIQ6Q", number, audit or architecture.audit, 0, *arguments, *[0] * (6 - len(arguments)))
    program = list(struct.iter_unpack("=HBBI", filter_program(machine)))
    place, word = 0, 0
    while True:
        code, if_true, if_false, value = program[place]
        place += 1
        match code:
            case 0x20:
                [word] = struct.unpack_from("=I", data, value)
            case 0x06:
                return int(value)
            case _:
                holds = {0x15: word == value, 0x35: word >= value, 0x45: bool(word & value)}[code]
                place += if_true if holds else if_false


@pytest.mark.parametrize("machine", sorted(ARCHITECTURES))
def test_the_filter_decides_as_documented(machine: str) -> None:
    assert decide(machine, "read") == ALLOW
    assert decide(machine, "close_range") == ALLOW
    assert decide(machine, "read", audit=0x4000_0003) == KILL  # i386
    assert decide(machine, 0x4000_0000) == KILL
    assert decide(machine, "socket", 1) == ALLOW
    assert decide(machine, "socket", 2) == EAFNOSUPPORT
    assert decide(machine, "socketpair", 16) == EAFNOSUPPORT
    assert decide(machine, "clone", 0x3D0F00) == ALLOW  # a thread
    assert decide(machine, "clone", 17) == ALLOW  # a fork
    assert {decide(machine, "clone", flag | 17) for flag in (0x20000, 0x10000000, 0x40000000)} == {EPERM}
    assert decide(machine, "clone3") == decide(machine, "memfd_create") == ENOSYS
    assert decide(machine, "ioctl", 0, 0x5412) == EPERM
    assert decide(machine, "ioctl", 0, 0x5401) == ALLOW
    assert (
        decide(machine, "prlimit64", 1) == decide(machine, "sched_setaffinity", 1) == EPERM
    )  # pid 1 is not the guest's
    assert decide(machine, "setpriority", 0, 1) == decide(machine, "setpriority", 2, 0) == EPERM
    assert decide(machine, "prlimit64", 0) == decide(machine, "prlimit64", 7) == decide(machine, "setpriority") == ALLOW
    assert decide(machine, 425) == EPERM  # io_uring_setup
    assert decide(machine, 1_000) == ENOSYS


def test_a_machine_without_a_table_has_no_jail() -> None:
    with pytest.raises(SandboxError, match="riscv64"):
        filter_program("riscv64")


def test_the_own_interpreter_is_found_with_its_folders() -> None:
    own = own_interpreter()
    assert own.version == sys.version_info[:2]
    assert all(folder.exists() for folder in own.folders)
    assert any(Path(os.__file__).is_relative_to(folder) for folder in own.folders)


@pytest.mark.parametrize("program", ["/bin/true", "/bin/false", "/nowhere/python"])
def test_what_is_no_python_is_a_usage_error(program: str) -> None:
    with pytest.raises(UsageError, match="--python"):
        inspect_interpreter(Path(program))


def test_a_python_of_another_version_is_a_usage_error(tmp_path: Path) -> None:
    old = tmp_path / "python"
    facts = '{"implementation": "cpython", "version": [3, 8, 1], "path": []}'
    old.write_text(f"#!/bin/sh\necho '{facts}'\n")
    old.chmod(0o755)
    with pytest.raises(UsageError, match=r"cpython 3\.8: name a CPython 3\.10 to 3\.14"):
        inspect_interpreter(old)


def test_output_is_kept_to_the_limit_and_says_so() -> None:
    floods: list[int] = []

    async def write(data: bytes) -> Output:
        with Output(10) as output:
            output.on_flood = lambda: floods.append(1)
            os.write(output.descriptor, data)
            output.start()
            output.drain()
        return output

    short, cut, flood = (asyncio.run(write(b"x" * size)) for size in (10, 11, 41))
    assert (short.cut, short.text()) == (False, "x" * 10)
    assert cut.cut
    assert cut.text().startswith("x" * 10 + "\n[output cut: 10 bytes of at least 11 kept]")
    assert flood.cut
    assert floods == [1]


@pytest.mark.parametrize("data", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\2F[", b"\0\0\0\3F[]", b"\0\0\0\2F\xff"])
def test_a_malformed_record_is_refused(data: bytes) -> None:
    with pytest.raises(wire.Malformed):
        asyncio.run(_read(data))


def test_a_record_comes_through_and_a_broken_one_ends_the_stream() -> None:
    packed = wire.pack(wire.FRAME, {"a": [1, "ü"]})
    assert asyncio.run(_read(packed)) == wire.Record(kind=b"F", body={"a": [1, "ü"]})
    assert asyncio.run(_read(wire.pack(wire.FRAME, {"a": "\ud800 \U0001f600"}))) == wire.Record(
        kind=b"F", body={"a": "? \U0001f600"}
    )
    assert asyncio.run(_read(packed[:-1])) is None
    assert asyncio.run(_read(b"")) is None


async def _read(data: bytes) -> wire.Record | None:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return await wire.read_record(reader)


def test_user_slots_differ_while_they_are_held() -> None:
    with user_slot() as first, user_slot() as second:
        assert (first != second) is (os.getuid() == 0)
    with user_slot() as again:
        assert again == first


def test_the_doctor_names_a_fix_for_what_a_jail_lacks() -> None:
    checks = {check.name: check for check in diagnose()}
    assert {"bubblewrap", "user namespaces", "seccomp", "landlock", "control groups", "tier", "/dev/null"} <= set(
        checks
    )
    assert checks["tier"].ok
    assert all(check.ok or check.fix or check.name == "containers" for check in checks.values())


def test_a_library_is_built_once_compiled_for_its_python_and_old_copies_go(tmp_path: Path) -> None:
    program = """
import sys
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.library import library_for
sys.stdout.write(str(library_for(own_interpreter())))
"""
    old, young = tmp_path / "aitestgen" / "old", tmp_path / "aitestgen" / "young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    environment = {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(Path("src").absolute())}
    paths = [
        subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert paths[0] == paths[1]
    library = Path(paths[0])
    assert library.parent == tmp_path / "aitestgen"
    assert (library / "guest" / "aitestgen_guest" / "jail" / "bootstrap.py").exists()
    tag = sys.implementation.cache_tag
    assert (library / "lib" / "_pytest" / "__pycache__" / f"runner.{tag}.pyc").exists()
    assert sorted(tmp_path.joinpath("aitestgen").iterdir()) == sorted([library, young])


def test_an_interpreter_behind_several_links_brings_each_of_them(tmp_path: Path) -> None:
    first, second = tmp_path / "one" / "python", tmp_path / "two" / "python3"
    for link, to in ((second, Path(sys.executable)), (first, second)):
        link.parent.mkdir()
        link.symlink_to(to)
    folders = inspect_interpreter(first).folders
    assert {first, second} <= set(folders)
