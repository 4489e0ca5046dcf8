"""The parts of the jail in containers that need no engine."""

import asyncio
import itertools
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.test_parts import decide

from aitestgen.errors import SandboxError
from aitestgen.sandbox.container_doctor import examine_containers
from aitestgen.sandbox.container_engine import Engine, find_engine
from aitestgen.sandbox.container_flags import Identity, Spec, Start, run_command
from aitestgen.sandbox.container_trouble import explain
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.library import guest_digest
from aitestgen.sandbox.marked_output import MarkedOutput
from aitestgen.sandbox.owner import is_gone, own_name
from aitestgen.sandbox.seccomp import ARCHITECTURES
from aitestgen.sandbox.seccomp_profile import seccomp_profile
from aitestgen.values import Limits, Run
from aitestgen_guest.jail.container import digest
from aitestgen_guest.jail.own_group import find_own_group

ALLOW = 0x7FFF0000
CONTRACT = (
    *("--rm", "--network=none", "--cap-drop=ALL", "--read-only", "--memory=256m", "--cpus=0.5", "--pids-limit=64"),
    *("--user=testuser", "--security-opt=no-new-privileges"),
)
MORE = (
    *("--ipc=none", "--cgroupns=private", "--log-driver=none", "--pull=never", "--memory-swap=256m", "--name=a-1"),
    *("--hostname=sandbox", "--label=aitestgen=me", "--security-opt=seccomp=/profile.json"),
)


def command(engine: str = "podman", binds: tuple[Path, ...] = (), **more: Any) -> list[str]:
    run = Run(program="run_tests", job={}, interpreter=own_interpreter(), binds=binds, limits=Limits())
    of = Engine(name=engine, client=f"/usr/bin/{engine}", **more)
    start = Start(cpu_cores=0.5, rehearsed=True)
    return run_command(of, Spec.of(run), Identity(name="a-1", owner="me"), Path("/profile.json"), start)


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_the_flags_are_the_contracts_and_more(engine: str) -> None:
    words = command(engine)
    assert words[:2] == [f"/usr/bin/{engine}", "run"]
    assert set(CONTRACT + MORE) <= set(words)
    pairs = list(itertools.pairwise(words))
    limits = {value.partition("=")[0] for flag, value in pairs if flag == "--ulimit"}
    assert limits == {"nproc", "nofile", "core", "fsize"}
    tmpfs = [value for flag, value in pairs if flag == "--tmpfs"]
    assert [value.partition(":")[0] for value in tmpfs] == ["/tmp", "/dev/shm", "/job"]  # noqa: S108  # the container's
    assert tmpfs[0].startswith("/tmp:rw,noexec,size=64m,nosuid,nodev,mode=1777")  # noqa: S108  # likewise


def test_each_engine_gets_the_flags_that_only_it_knows() -> None:
    assert {"--read-only-tmpfs=false", "--http-proxy=false", "--no-hosts"} <= set(command("podman"))
    docker = command("docker")
    assert "--env=HTTPS_PROXY=" in docker
    assert sum("nr_inodes=" in word for word in docker) == 3
    assert not any(word.startswith("--runtime") for word in docker)
    assert "--runtime=runsc" in command("docker", runtime="runsc")


def test_binds_are_shown_read_only_at_their_own_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"--volume={tmp_path}:{tmp_path}:ro" in command(binds=(tmp_path,))
    for bad in (Path("/proc"), Path("relative"), tmp_path / "missing", tmp_path / "a:b"):
        with pytest.raises(SandboxError):
            command(binds=(bad,))
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    with pytest.raises(SandboxError, match="another machine"):
        command("docker", binds=(tmp_path,))


@pytest.mark.parametrize("machine", sorted(ARCHITECTURES))
def test_the_profile_allows_no_more_than_the_filter(machine: str) -> None:
    calls = ARCHITECTURES[machine].calls
    for name in calls:
        for arguments in samples(name):
            if verdict_of(seccomp_profile(machine), name, arguments) == ALLOW:
                assert decide(machine, name, *arguments) == ALLOW, (name, arguments)


@pytest.mark.parametrize("machine", sorted(ARCHITECTURES))
def test_the_profile_gives_the_errors_that_the_filter_gives(machine: str) -> None:
    profile = seccomp_profile(machine)
    differ = {"prlimit64", "sched_setaffinity", "setpriority"}  # narrower here: of itself only
    for name in set(ARCHITECTURES[machine].calls) - differ:
        for arguments in samples(name):
            assert verdict_of(profile, name, arguments) == decide(machine, name, *arguments), (name, arguments)
    for name in ("ptrace", "mount", "unshare", "keyctl", "io_uring_setup", "bpf", "execveat"):
        assert verdict_of(profile, name, (0, 0)) == 0x50001


def test_a_rule_of_the_profile_has_one_condition_an_argument() -> None:
    for rule in seccomp_profile("x86_64")["syscalls"]:
        indexes = [condition["index"] for condition in rule["args"]]
        assert len(indexes) == len(set(indexes))
        assert all(condition["op"] == "SCMP_CMP_MASKED_EQ" for condition in rule["args"])


def test_a_request_whose_upper_half_hides_it_is_refused() -> None:
    hidden = struct.unpack("=Q", struct.pack("=II", 0x5412, 1))[0]
    assert verdict_of(seccomp_profile("x86_64"), "ioctl", (0, hidden)) == 0x50001


def samples(name: str) -> list[tuple[int, int]]:
    """Arguments at which a filter could change its mind."""
    if name in {"clone", "socket", "socketpair"}:
        return [(value, 0) for value in (0, 1, 2, 16, 17, 0x3D0F00, 0x10000011, 0x40000011, 0x80)]
    if name == "ioctl":
        return [(0, value) for value in (*range(0x5400, 0x5430), 0, 0xFFFFFFFF, 0x80045430, 0x40045431)]
    return [(first, second) for first in (0, 1, 2, 3) for second in (0, 1, 2)]


def verdict_of(profile: Mapping[str, Any], name: str, arguments: tuple[int, int]) -> int:
    """What libseccomp makes of the profile, as the filter would return it: rules of one call exclude each other."""
    found = {
        ALLOW if rule["action"] == "SCMP_ACT_ALLOW" else 0x50000 | rule["errnoRet"]
        for rule in profile["syscalls"]
        if name in rule["names"] and all(holds(condition, arguments) for condition in rule["args"])
    }
    assert len(found) <= 1, (name, arguments)
    return found.pop() if found else 0x50000 | profile["defaultErrnoRet"]


def holds(condition: Mapping[str, int], arguments: tuple[int, int]) -> bool:
    return arguments[condition["index"]] & condition["value"] == condition["valueTwo"]


@pytest.mark.parametrize(
    ("engine", "said", "helps"),
    [
        ("docker", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "systemctl start docker"),
        ("docker", "permission denied while trying to connect to the Docker daemon socket", "usermod -aG docker"),
        ("docker", "Unable to find image 'x:latest' locally", "make sandbox-image"),
        ("docker", "docker: Error response from daemon: No such image: x:latest", "--engine docker"),
        ("docker", "Error response from daemon: unknown or invalid runtime name: runsc", "daemon.json"),
        ("podman", "Error: x: image not known", "make sandbox-image"),
        ("podman", "Error: crun: cgroups in hybrid mode not supported, drop all controllers", "RUNTIME=runc"),
        ("podman", "Error: runc: error setting rlimits: setrlimit RLIMIT_NOFILE: operation not permitted", "CAP_SYS_R"),
        ("podman", "Error: no valid executable found for OCI runtime /x: invalid argument", "apt-get install runc"),
        ("podman", "unable to find user testuser: no matching entries in passwd file", "make sandbox-image"),
        ("podman", 'Error: command required for rootless mode with multiple IDs: exec: "newuidmap"', "add-subuids"),
        ("podman", "", "it said nothing"),
    ],
)
def test_trouble_with_an_engine_is_told_with_what_helps(engine: str, said: str, helps: str) -> None:
    assert helps in explain(engine, said, image="x:latest", runtime="runsc")


def test_an_engine_that_is_too_old_is_refused(tmp_path: Path) -> None:
    client = tmp_path / "podman"
    client.write_text("#!/bin/sh\necho 3.0.1\n")
    client.chmod(0o755)
    with pytest.raises(SandboxError, match=r"podman 3\.0\.1 is too old: install 4\.0"):
        asyncio.run(Engine(name="podman", client=str(client)).check())


def test_a_client_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="cannot start"):
        asyncio.run(Engine(name="podman", client=str(tmp_path / "none")).check())
    with pytest.raises(SandboxError, match="podman is not installed: `apt-get install podman runc`"):
        find_engine(environ={"PATH": str(tmp_path)})


def test_a_container_that_ends_while_it_is_killed_is_removed_all_the_same(tmp_path: Path) -> None:
    client = a_client(tmp_path, '[ -e "$0.again" ] && exit 0\ntouch "$0.again"')
    asyncio.run(Engine(name="podman", client=str(client)).remove("x"))
    assert client.with_name("podman.again").exists()


def test_a_container_that_stays_is_an_error_and_one_that_is_gone_is_none(tmp_path: Path) -> None:
    stays = Engine(name="podman", client=str(a_client(tmp_path, "")))
    with pytest.raises(SandboxError, match="x stays: Error: container state improper: stopped"):
        asyncio.run(stays.remove("x"))
    gone = a_client(tmp_path, "echo 'Error: no such container x' >&2\nexit 1")
    asyncio.run(Engine(name="podman", client=str(gone)).remove("x"))


def a_client(folder: Path, begins: str) -> Path:
    """A program that does so, and then complains as Podman does of a container that ends just then."""
    client = folder / "podman"
    client.write_text(f"#!/bin/sh\n{begins}\necho 'Error: container state improper: stopped' >&2\nexit 125\n")
    client.chmod(0o755)
    return client


def test_the_doctor_tells_what_each_engine_has_and_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert examine_containers() == (False, "neither podman nor docker (not needed)", "")
    podman, docker = tmp_path / "podman", tmp_path / "docker"
    podman.write_text('#!/bin/sh\n[ "$1" = image ] && exit 1\necho 4.3.1\n')
    docker.write_text("#!/bin/sh\nexit 1\n")
    for client in (podman, docker):
        client.chmod(0o755)
    ok, what, fix = examine_containers("here", "runsc")
    assert (ok, fix) == (False, "deploy/sandbox-guest/build-from-local --engine podman")
    assert what == "podman 4.3.1 with runsc, without the image here; docker does not answer (not needed)"


def test_an_owner_is_gone_when_its_process_is() -> None:
    mine = own_name()
    assert not is_gone(mine)
    assert is_gone(mine.rpartition("-")[0] + "-1")
    assert is_gone(f"{mine.partition('-')[0]}-{2**22 + 1}-5")
    assert not is_gone("another-1-1")
    assert not is_gone("<no value>")


@pytest.mark.parametrize("parts", [(b"seen", b"MARK", b"more"), (b"seenMA", b"RK"), (b"seenMARKmore",), (b"seenMARK",)])
def test_marked_output_ends_at_its_mark(parts: tuple[bytes, ...]) -> None:
    async def written() -> tuple[bool, str]:
        with MarkedOutput(100) as output:
            output.mark = "MARK"
            writing = os.dup(output.descriptor)
            output.start()
            for part in parts:
                os.write(writing, part)
                await asyncio.sleep(0.01)  # each part is a reading of its own
            os.close(writing)
            return await output.ended(5.0), output.text()

    assert asyncio.run(written()) == (True, "seen")


def test_output_without_its_mark_is_kept_whole() -> None:
    async def written() -> tuple[bool, str]:
        with MarkedOutput(100) as output:
            os.write(output.descriptor, b"all of it")
            output.start()
            ended = await output.ended(0.05)
            output.drain()
            return ended, output.text()

    assert asyncio.run(written()) == (False, "all of it")


VERSION_1 = {
    "memory/memory.limit_in_bytes": "268435456",
    "memory/memory.max_usage_in_bytes": "4096",
    "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0",
    "pids/pids.max": "64",
    "pids/pids.events": "max 0",
    "cpuacct/cpuacct.usage": "1500000000",
}
VERSION_2 = {
    "memory.max": "268435456",
    "memory.peak": "4096",
    "memory.events": "low 0\nmax 3\noom 0\noom_kill 0",
    "pids.max": "64",
    "pids.events": "max 0",
    "cpu.stat": "usage_usec 1500000\nuser_usec 1",
}


def lay(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")


@pytest.mark.parametrize("files", [VERSION_1, VERSION_2], ids=["v1", "v2"])
def test_a_containers_own_group_is_read_in_either_version(tmp_path: Path, files: dict[str, str]) -> None:
    lay(tmp_path, files)
    group = find_own_group(tmp_path)
    assert group is not None
    assert group.limits() == {"memory_bytes": 256 << 20, "processes": 64}
    assert group.used() == {"cpu_seconds": 1.5, "peak_bytes": 4096}
    assert group.refused() is None
    events = next(name for name in files if name.endswith("pids.events"))
    lay(tmp_path, {events: "max 2"})
    assert group.refused() == "process_limit"
    memory = next(name for name in files if name.endswith(("oom_control", "memory.events")))
    lay(tmp_path, {memory: files[memory].replace("oom_kill 0", "oom_kill 1")})
    assert group.refused() == "out_of_memory"


@pytest.mark.parametrize("files", [VERSION_1, VERSION_2], ids=["v1", "v2"])
def test_a_group_without_limits_says_so_and_one_that_is_not_whole_is_none(
    tmp_path: Path, files: dict[str, str]
) -> None:
    endless = {"pids.max": "max", "memory.max": "max", "memory.limit_in_bytes": "9223372036854771712"}
    lay(tmp_path, {name: endless.get(Path(name).name, text) for name, text in files.items()})
    group = find_own_group(tmp_path)
    assert group is not None
    assert group.limits() == {"memory_bytes": None, "processes": None}
    (tmp_path / next(name for name in files if name.endswith("pids.events"))).unlink()
    assert find_own_group(tmp_path) is None


def test_host_and_guest_tell_versions_apart_in_the_same_way() -> None:
    assert digest() == guest_digest()
