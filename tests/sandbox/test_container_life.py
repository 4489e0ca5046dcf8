"""How containers come and go: cancelled, killed, left over, refused; and under which runtimes."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.interfaces.programs import ask, server, stop, wait_until
from tests.sandbox.podman import HUNGRY_CHILDREN, IMAGE, RUNTIMES, SLEEPS, a_run, containers_of, once, podman

from aitestgen.errors import SandboxError
from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.jail import GRACE_SECONDS
from aitestgen.sandbox.owner import own_name
from aitestgen.values import Limits, Tier, Verdict

pytestmark = pytest.mark.usefixtures("podman_image")


def test_a_cancelled_run_is_gone_within_a_second_or_so(warm: ContainerSandbox, runner: asyncio.Runner) -> None:
    async def cancelled() -> float:
        started = asyncio.Event()
        task = asyncio.create_task(warm.run(a_run(SLEEPS, limits=Limits(wall_seconds=99.0)), lambda _: started.set()))
        await started.wait()
        task.cancel()
        began = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        took = time.monotonic() - began
        await warm.aclose()
        return took

    assert runner.run(cancelled()) < 3.0  # a second on a machine that does nothing else
    assert containers_of(os.getpid()) == []


@pytest.mark.usefixtures("nothing_is_left")
def test_a_run_that_is_cancelled_while_it_starts_leaves_nothing(cold: ContainerSandbox) -> None:
    async def cancelled(seconds: float) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await cold.run(a_run(SLEEPS))
        await cold.aclose()

    for seconds in (0.15, 0.3, 0.45):
        asyncio.run(cancelled(seconds))


def test_a_container_that_dies_on_standby_costs_no_run(warm: ContainerSandbox, runner: asyncio.Runner) -> None:
    async def scene() -> Verdict:
        await warm.aclose()
        await warm.warm_up(a_run())
        for name in containers_of(os.getpid()):
            podman("kill", name)  # and the loop has no time to notice
        return (await warm.run(a_run())).verdict

    assert runner.run(scene()) is Verdict.PASSED


def test_a_killed_host_takes_its_containers_with_it(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
sys.path[:0] = [{str(Path.cwd())!r}]
from tests.sandbox.podman import IMAGE, SLEEPS, ContainerSandbox, a_run, Limits
run = a_run(SLEEPS, limits=Limits(wall_seconds=99.0))
asyncio.run(ContainerSandbox("podman", image=IMAGE).run(run, lambda frame: print("up", flush=True)))
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=tmp_path) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"up\n"
        assert containers_of(host.pid)
        host.send_signal(signal.SIGKILL)
    wait_until_gone(host.pid)


def test_a_killed_sandbox_service_leaves_nothing_once_the_next_has_started() -> None:
    """With a run under way and containers on standby: what their host's death does not end, its successor does."""
    podman_service = {"AITESTGEN_SANDBOX_BACKEND": "podman", "AITESTGEN_CONTAINER_IMAGE": IMAGE}
    with server("sandbox-service", **podman_service) as (killed, client):
        asking = threading.Thread(target=ask, args=(client, "/execute", {"code": "x = 1", "tests": SLEEPS}))
        asking.start()
        wait_until(lambda: containers_of(killed.pid, standby=False))
        killed.send_signal(signal.SIGKILL)
        asking.join()
    with server("sandbox-service", **podman_service) as (follower, client):
        answer = client.post("/execute", json={"code": "x = 1", "tests": "def test_a(): pass\n"}, timeout=60)
        assert answer.json()["passed"], answer.text
        wait_until_gone(killed.pid)
        assert stop(follower)[0] == 0
    assert (containers_of(follower.pid), clients_of(killed.pid), clients_of(follower.pid)) == ([], [], [])


def clients_of(pid: int) -> list[str]:
    """The processes, of the engine and of its monitors, that name a container which this process made."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended while we looked
            found.append(file.read_bytes().decode(errors="replace"))
    return [line for line in found if f"aitestgen-{pid}-" in line]


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20.0
    while containers_of(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert containers_of(pid) == []


def test_what_dead_owners_left_is_removed_and_what_living_ones_have_stays(cold: ContainerSandbox) -> None:
    mine = own_name()
    owners = {"dead": mine.rpartition("-")[0] + "-1", "alive": mine, "elsewhere": f"other{mine}"}
    for name, owner in owners.items():
        idle = ("--network=none", "--ulimit", "nofile=512:512", "--ulimit", "nproc=512:512", "--log-driver=none")
        podman(
            "run", "-d", "-i", "--name", f"left-{name}", "--label", f"aitestgen={owner}", *idle, IMAGE, "python3", "-i"
        )
    try:
        assert once(cold, a_run()).verdict is Verdict.PASSED
        names = podman("ps", "--all", "--format", "{{.Names}}").splitlines()
        assert {name for name in names if name.startswith("left-")} == {"left-alive", "left-elsewhere"}
    finally:
        for name in owners:
            podman("rm", "--force", "--ignore", "--time", "0", f"left-{name}")


def test_limits_that_the_engine_ignores_are_kept_by_polling_in_tier_b(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "podman"
    shim.write_text(f"""#!/bin/sh
for a; do shift; case $a in --memory*|--pids-limit*) ;; *) set -- "$@" "$a";; esac; done
exec {shutil.which("podman")} "$@"
""")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    sandbox = ContainerSandbox("podman", image=IMAGE)
    result = once(sandbox, a_run(HUNGRY_CHILDREN))
    assert (result.verdict, result.tier) == (Verdict.OUT_OF_MEMORY, Tier.B)


def test_a_missing_image_is_an_error_that_names_the_command() -> None:
    with pytest.raises(SandboxError, match="image localhost/none.*is missing: build it with `make sandbox-image`"):
        once(ContainerSandbox("podman", image="localhost/none"), a_run())


@pytest.mark.usefixtures("nothing_is_left")
def test_an_unknown_runtime_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(SandboxError, match="nosuch is not found.*AITESTGEN_CONTAINER_RUNTIME"):
        once(ContainerSandbox("podman", image=IMAGE, runtime="nosuch"), a_run())


@pytest.mark.usefixtures("nothing_is_left")
def test_an_image_with_another_python_is_refused(cold: ContainerSandbox) -> None:
    other = replace(own_interpreter(), version=(3, 10))
    with pytest.raises(SandboxError, match=r"holds Python 3\.\d+, and the run wants 3\.10: build it anew"):
        once(cold, a_run(interpreter=other))


def test_with_runc_by_name_it_is_the_same() -> None:
    if shutil.which("runc") is None:
        pytest.skip("runc is not installed")
    result = once(ContainerSandbox("podman", image=IMAGE, runtime="runc"), a_run())
    assert (result.verdict, result.tier) == (Verdict.PASSED, Tier.A)


def test_with_gvisor_the_kernel_is_another_and_the_tier_is_vm() -> None:
    if not (RUNTIMES / "runsc").exists() or os.getuid() != 0:
        pytest.skip("gVisor is not there: .ci/install-podman unpacks it")
    tests = "import os\ndef test_a(): print(os.uname().release); assert False\n"
    result = once(ContainerSandbox("podman", image=IMAGE, runtime=str(RUNTIMES / "runsc")), a_run(tests))
    assert (result.verdict, result.tier) == (Verdict.FAILED, Tier.VM), result.output
    assert os.uname().release not in result.output


def test_a_guest_of_gvisor_that_stops_pid_1_is_not_waited_for(runner: asyncio.Runner) -> None:
    if not (RUNTIMES / "runsc").exists() or os.getuid() != 0:
        pytest.skip("gVisor is not there: .ci/install-podman unpacks it")
    tests = "import os, time\ndef test_a():\n    os.kill(1, 19)\n    time.sleep(60)\n"
    run = a_run(tests, limits=Limits(wall_seconds=1.0, cpu_cores=2.0))
    heard: list[float] = []
    sandbox = ContainerSandbox("podman", image=IMAGE, runtime=str(RUNTIMES / "runsc"))
    result = runner.run(sandbox.run(run, lambda _: heard.append(time.monotonic())))
    assert result.verdict is Verdict.TIMED_OUT
    assert time.monotonic() - heard[0] < run.limits.wall_seconds + GRACE_SECONDS, "its last word was waited for"


def test_with_crun_it_is_the_same_or_the_error_says_what_helps() -> None:
    if not (RUNTIMES / "crun").exists() or os.getuid() != 0:
        pytest.skip("crun is not there: .ci/install-podman unpacks it")
    program = f"""
import sys
sys.path[:0] = [{str(Path.cwd())!r}]
from tests.sandbox.podman import IMAGE, ContainerSandbox, a_run, once
result = once(ContainerSandbox("podman", image=IMAGE, runtime={str(RUNTIMES / "crun")!r}), a_run())
print(result.verdict, result.tier)
"""
    hybrid = Path("/sys/fs/cgroup/unified")
    try:
        result = once(ContainerSandbox("podman", image=IMAGE, runtime=str(RUNTIMES / "crun")), a_run())
        assert (result.verdict, result.tier) == (Verdict.PASSED, Tier.A)
    except SandboxError as error:
        assert "AITESTGEN_CONTAINER_RUNTIME=runc" in str(error)  # noqa: PT017  # either of the two
        assert hybrid.is_dir()
    alone = ["unshare", "--mount", "sh", "-c", 'umount "$1" 2>/dev/null; exec "$2" -c "$3"', "sh", hybrid]
    done = subprocess.run([*alone, sys.executable, program], capture_output=True, text=True, check=False)
    assert done.stdout == "passed A\n", done.stderr


def test_the_image_holds_no_shell_and_nothing_set_uid() -> None:
    look = (
        "import json, os, stat\nfound = []\n"
        "for folder, _, files in os.walk('/usr'):\n    for name in files:\n        path = os.path.join(folder, name)\n"
        "        if os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID): found.append(path)\n"
        "print(json.dumps([found, os.listdir('/usr/local/bin')]))"
    )
    limits = ("--ulimit", "nofile=512:512", "--ulimit", "nproc=512:512")
    said = podman("run", "--rm", "--network=none", "--log-driver=none", *limits, IMAGE, "python3", "-c", look)
    special, programs = json.loads(said)
    assert special == []
    assert all(name.startswith("python") for name in programs)
