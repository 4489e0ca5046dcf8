"""Control groups: the real ones of this machine where it has any, and the files of version 2 in a folder."""

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aitestgen.sandbox.cgroups import GroupV2, HierarchyV1, HierarchyV2, find_hierarchy
from aitestgen.values import MIB, Limits


@pytest.fixture
def unified(tmp_path: Path) -> HierarchyV2:
    """A folder with the files that the kernel makes, which hands its controllers down already."""
    for folder in (tmp_path, tmp_path / "aitestgen"):
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.subtree_control").write_text("cpu io memory pids\n")
    return HierarchyV2(parent=tmp_path)


def test_a_group_of_version_2_writes_every_limit(unified: HierarchyV2) -> None:
    group = unified.create()
    group.limit(Limits(memory_bytes=64 * MIB, processes=7))
    assert isinstance(group, GroupV2)
    group.throttle(0.5)
    written = {file.name: file.read_text() for file in group.folder.iterdir()}
    assert written == {
        "memory.max": str(64 * MIB),
        "memory.oom.group": "1",
        "pids.max": "7",
        "cpu.max": "50000 100000",
    }


def test_a_group_of_version_2_reads_what_the_kernel_counted(tmp_path: Path) -> None:
    (tmp_path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    (tmp_path / "memory.peak").write_text("4096\n")
    (tmp_path / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
    (tmp_path / "pids.events").write_text("max 0\n")
    usage = GroupV2(folder=tmp_path).usage()
    assert (usage.cpu_seconds, usage.peak_bytes) == (1.5, 4096)
    assert usage.out_of_memory
    assert not usage.out_of_processes


def test_a_group_of_version_2_hands_out_its_entrance(tmp_path: Path) -> None:
    (tmp_path / "cgroup.procs").touch()
    [entrance] = GroupV2(folder=tmp_path).entrances()
    os.write(entrance, b"0")
    os.close(entrance)
    assert (tmp_path / "cgroup.procs").read_text() == "0"


def test_real_groups_of_owners_that_are_gone_are_swept_and_others_stay() -> None:
    hierarchy = find_hierarchy("v1")
    if not isinstance(hierarchy, HierarchyV1):
        pytest.skip("no control groups of version 1 can be made here")
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    homes = [parent / "aitestgen" for parent in hierarchy.parents.values()]
    stale = [home / f"{gone.pid}-12345-0" for home in homes]
    living = hierarchy.create()
    for folder in stale:
        folder.mkdir()
    hierarchy.sweep()
    assert not any(folder.exists() for folder in stale)
    living.throttle(0.5)  # it is still there to be written to
    asyncio.run(living.remove())


def test_hosts_that_start_at_once_sweep_the_same_groups_without_an_error() -> None:
    hierarchy = find_hierarchy("v1")
    if not isinstance(hierarchy, HierarchyV1):
        pytest.skip("no control groups of version 1 can be made here")
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    homes = [parent / "aitestgen" for parent in hierarchy.parents.values()]
    stale = [home / f"{gone.pid}-12345-{number}" for home in set(homes) for number in range(50)]
    for folder in stale:
        folder.mkdir()
    with ThreadPoolExecutor(8) as pool:
        for sweeping in [pool.submit(hierarchy.sweep) for _ in range(8)]:
            sweeping.result()
    assert not any(folder.exists() for folder in stale)


def test_a_real_group_counts_and_is_removed() -> None:
    hierarchy = find_hierarchy()
    if hierarchy is None:
        pytest.skip("no control groups can be used here")
    group = hierarchy.create()
    group.limit(Limits(memory_bytes=64 * MIB))
    entrances = group.entrances()
    program = f"import os\nfor fd in {entrances}: os.write(fd, b'0')\nx = bytearray(b'y') * (20 << 20)"
    with subprocess.Popen([sys.executable, "-c", program], pass_fds=entrances) as process:
        assert process.wait() == 0
    for entrance in entrances:
        os.close(entrance)
    usage = group.usage()
    assert usage.cpu_seconds > 0
    assert usage.peak_bytes > 20 * MIB
    assert not usage.out_of_memory
    for _ in range(2):  # a second time is no error
        asyncio.run(group.remove())


def test_a_version_that_is_not_here_is_not_found() -> None:
    both = [find_hierarchy("v1"), find_hierarchy("v2")]
    assert [found.version for found in both if found is not None] == [
        version for version, found in zip(("v1", "v2"), both, strict=True) if found is not None
    ]
