"""The jail as its callers see it: honest guests run, and whatever the caller does, nothing of a jail stays."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.backends import let_in
from tests.sandbox.leftovers import MARK, leftovers

from aitestgen.errors import SandboxError
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import inspect_interpreter, own_interpreter
from aitestgen.sandbox.jail_view import Bwrap
from aitestgen.values import MIB, Interpreter, Limits, Outcome, Run, Tier, Verdict

PYTHONS = sorted(Path(sys.base_prefix).parent.glob("3.1[0-4].*/bin/python")) or [Path(sys.executable)]
ROOM = Limits(wall_seconds=20.0, cpu_cores=2.0)

HONEST = """
import asyncio, multiprocessing, os, sqlite3, subprocess, sys, tempfile, threading
from concurrent.futures import ProcessPoolExecutor
from user_code import double

def test_plain():
    assert double(2) == 4

def test_threads():
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(double(1))) for _ in range(4)]
    [thread.start() for thread in threads]; [thread.join() for thread in threads]
    assert seen == [2] * 4

def test_asyncio():
    async def work():
        await asyncio.sleep(0)
        return double(3)
    assert asyncio.run(work()) == 6

def test_processes():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(double, [1, 2])) == [2, 4]

def test_queue_and_lock():
    queue, lock = multiprocessing.Queue(), multiprocessing.Lock()
    process = multiprocessing.get_context("fork").Process(target=queue.put, args=(1,))
    with lock: process.start()
    assert queue.get(timeout=5) == 1
    process.join()

def test_subprocess():
    assert subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout == "42\\n"

def test_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("b")
    print(open("a").read())
    assert capsys.readouterr().out == "b\\n"

def test_database():
    assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
"""


def a_run_of(code: str, tests: str, **more: Any) -> Run:
    job = {"tests": ["test_user_code.py"], "trace": "/job/user_code.py", "path": []} | more.pop("job", {})
    files = {"user_code.py": code.encode(), "test_user_code.py": tests.encode()} | more.pop("files", {})
    return Run(program="run_tests", job=job, files=files, **({"interpreter": own_interpreter(), "limits": ROOM} | more))


SLEEPER = a_run_of("", "import time\ndef test_sleep(): time.sleep(60)\n", hash_seed=MARK)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.parts[-3])
def test_honest_tests_under_each_python_pass(python: Path, sandbox: BubblewrapSandbox) -> None:
    run = a_run_of("def double(x):\n    return 2 * x\n", HONEST, interpreter=inspect_interpreter(python))
    result = asyncio.run(sandbox.run(run))
    assert result.verdict is Verdict.PASSED, (result.detail, result.output)
    assert [outcome.outcome for outcome in result.outcomes] == [Outcome.PASSED] * HONEST.count("def test_")
    assert result.outcomes[0].arcs == {(-1, 2), (2, -1)}
    assert re.search(r"8 passed(, \d warnings?)? in ", result.output)  # forking beside a thread warns since 3.12


def test_a_system_python_runs_without_all_of_usr(tier_a: BubblewrapSandbox) -> None:
    python = Path("/usr/bin/python3")
    if not python.exists():
        pytest.skip("this machine has no Python of its own")
    run = a_run_of("", "import os\ndef test_a(): assert not os.path.exists('/usr/share/doc')\n")
    system = inspect_interpreter(python)
    result = asyncio.run(tier_a.run(a_run_of("", run.files["test_user_code.py"].decode(), interpreter=system)))
    assert result.verdict is Verdict.PASSED, result.output
    assert Path("/usr") not in system.folders


def test_parametrized_skipped_and_expected_failures_are_told_apart(tier_a: BubblewrapSandbox) -> None:
    tests = """
import pytest
@pytest.mark.parametrize("x", ["a::b", "[c]"])
def test_many(x): pass
@pytest.mark.skip
def test_skipped(): pass
@pytest.mark.xfail
def test_expected(): assert False
@pytest.mark.xfail
def test_surprise(): pass
class TestGroup:
    def test_wrong(self): assert 1 == 2
"""
    names = ("test_many", "test_skipped", "test_expected", "test_surprise", "TestGroup::test_wrong")
    expected = tuple(f"test_user_code.py::{name}" for name in names)
    result = asyncio.run(tier_a.run(a_run_of("", tests, expected=expected)))
    assert result.verdict is Verdict.FAILED
    assert [outcome.outcome for outcome in result.outcomes] == [
        *(Outcome.PASSED, Outcome.PASSED, Outcome.SKIPPED, Outcome.XFAILED, Outcome.XPASSED, Outcome.FAILED)
    ]
    assert "assert 1 == 2" in result.outcomes[-1].message


def test_selected_and_shuffled_tests_run_in_one_order_per_seed(tier_a: BubblewrapSandbox) -> None:
    tests = "".join(f"def test_{letter}(): pass\n" for letter in "abcdef")
    select = [f"test_user_code.py::test_{letter}" for letter in "abcde"]
    run = a_run_of("", tests, job={"select": select, "shuffle": 3}, expected=tuple(select))
    first, second = (asyncio.run(tier_a.run(run)) for _ in range(2))
    order = [outcome.id for outcome in first.outcomes]
    assert first.verdict is second.verdict is Verdict.PASSED
    assert order == [outcome.id for outcome in second.outcomes] != select
    assert sorted(order) == select


def test_a_bound_project_is_importable_and_read_only(tier_a: BubblewrapSandbox, tmp_path: Path) -> None:
    package = tmp_path / "project" / "pack"
    package.mkdir(parents=True)
    let_in(package)
    (package / "__init__.py").write_text("answer = 42\n")
    tests = f"""
import pytest
from pack import answer
def test_a():
    assert answer == 42
    with pytest.raises(OSError): open({str(package / "new.py")!r}, "w")
"""
    run = a_run_of("", tests, binds=(package.parent,), job={"path": [str(package.parent)]})
    assert asyncio.run(tier_a.run(run)).verdict is Verdict.PASSED


def test_a_socket_in_a_bound_project_cannot_be_reached(sandbox: BubblewrapSandbox, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    let_in(project)
    place = project / "s"
    tests = f"""
import os, pytest, socket
def test_a():
    assert "s" in os.listdir({str(project)!r})
    with pytest.raises(OSError): socket.socket(socket.AF_UNIX).connect({str(place)!r})
"""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        place.chmod(0o777)
        server.listen()
        result = asyncio.run(sandbox.run(a_run_of("", tests, binds=(project,))))
    assert result.verdict is Verdict.PASSED


def test_a_bind_that_would_cover_the_jail_is_refused(tier_a: BubblewrapSandbox) -> None:
    with pytest.raises(SandboxError, match="folder of its own"):
        asyncio.run(tier_a.run(a_run_of("", "", binds=(Path("/tmp"),))))  # noqa: S108  # refused


def test_the_hash_seed_is_the_runs(tier_a: BubblewrapSandbox) -> None:
    tests = "import os\ndef test_a(): print(hash('a')); assert False\n"
    runs = [a_run_of("", tests, hash_seed=seed) for seed in (1, 1, 2)]
    outputs = [asyncio.run(tier_a.run(run)).output.split("-- Captured stdout")[1].splitlines()[1] for run in runs]
    assert outputs[0] == outputs[1] != outputs[2]


def test_frames_are_streamed_as_they_come(tier_a: BubblewrapSandbox) -> None:
    seen: list[tuple[float, Mapping[str, Any]]] = []
    tests = "import time\ndef test_a(): pass\ndef test_b(): time.sleep(0.5)\n"
    result = asyncio.run(tier_a.run(a_run_of("", tests), lambda frame: seen.append((time.monotonic(), frame))))
    assert tuple(frame for _, frame in seen) == result.frames
    assert seen[-1][0] - seen[0][0] >= 0.5


def test_runs_at_once_do_not_mix(sandbox: BubblewrapSandbox) -> None:
    async def several() -> list[str]:
        tests = "def test_a(): print('mark', {}); assert False\n"
        runs = [sandbox.run(a_run_of("", tests.format(number))) for number in range(4)]
        return [result.output for result in await asyncio.gather(*runs)]

    for number, output in enumerate(asyncio.run(several())):
        assert [line for line in output.splitlines() if line.startswith("mark")] == [f"mark {number}"]


def test_a_cancelled_run_is_gone_when_the_cancellation_returns(sandbox: BubblewrapSandbox) -> None:
    async def cancelled() -> float:
        started = asyncio.Event()
        task = asyncio.create_task(sandbox.run(SLEEPER, lambda _frame: started.set()))
        await started.wait()
        task.cancel()
        began = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert asyncio.run(cancelled()) < 1.5
    assert leftovers(os.getpid()) == []


COLD_HOST = "await BubblewrapSandbox().run(SLEEPER, lambda frame: print('up', flush=True))"
WARM_HOST = """
    sandbox = BubblewrapSandbox(warmth=Warmth())
    await sandbox.warm_up(SLEEPER)
    await sandbox.run(SLEEPER, lambda frame: print('up', flush=True))
"""


@pytest.mark.parametrize("body", [COLD_HOST, WARM_HOST], ids=["cold", "warm"])
def test_a_killed_host_takes_its_jails_with_it(body: str, tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
sys.path[:0] = {[str(Path.cwd())]!r}
from tests.sandbox.test_bubblewrap import SLEEPER
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.warm import Warmth
async def main():
    {body}
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=tmp_path) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"up\n"
        mark = 1_000_000 + host.pid
        assert leftovers(host.pid, mark)
        host.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5.0
    while any(name.startswith("process") for name in leftovers(host.pid, mark)) and time.monotonic() < deadline:
        time.sleep(0.01)
    BubblewrapSandbox()  # the next start removes the control groups of hosts that are gone
    assert leftovers(host.pid, mark) == []


def test_limits_are_what_the_run_says(tier_a: BubblewrapSandbox) -> None:
    hungry = a_run_of("", "def test_a(): assert len(bytearray(b'x') * (100 << 20))\n")
    assert asyncio.run(tier_a.run(hungry)).verdict is Verdict.PASSED
    small = Limits(wall_seconds=20.0, cpu_cores=2.0, memory_bytes=80 * MIB)
    result = asyncio.run(tier_a.run(a_run_of("", hungry.files["test_user_code.py"].decode(), limits=small)))
    assert result.verdict is Verdict.OUT_OF_MEMORY
    assert 40 * MIB < result.peak_bytes <= 80 * MIB


def test_cpu_is_rationed_with_control_groups(tier_a: BubblewrapSandbox) -> None:
    limits = Limits(wall_seconds=2.0, cpu_cores=0.25)
    result = asyncio.run(tier_a.run(a_run_of("", "def test_a():\n    while True: pass\n", limits=limits)))
    assert result.verdict is Verdict.TIMED_OUT
    assert result.cpu_seconds < 1.0


def test_the_tier_is_told(sandbox: BubblewrapSandbox) -> None:
    result = asyncio.run(sandbox.run(a_run_of("", "def test_a(): pass\n")))
    assert (result.tier, result.backend) == (sandbox.tier, "bubblewrap")


def test_without_control_groups_the_tier_is_b() -> None:
    assert BubblewrapSandbox(cgroups="none").tier is Tier.B


def test_demanded_control_groups_that_are_missing_are_an_error() -> None:
    if Path("/sys/fs/cgroup/cgroup.controllers").exists():
        pytest.skip("this machine has a unified hierarchy")
    with pytest.raises(SandboxError, match="doctor"):
        BubblewrapSandbox(cgroups="v2")


def test_a_jail_that_does_not_start_is_an_error_that_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    broken.chmod(0o755)
    let_in(tmp_path)
    bwrap = Bwrap(executable=str(broken), version=(0, 11), parts={})
    with pytest.raises(SandboxError, match="AppArmor.*sysctl"):
        asyncio.run(BubblewrapSandbox(bwrap=bwrap).run(SLEEPER))


def test_an_interpreter_that_does_not_start_in_the_jail_is_an_error(tier_a: BubblewrapSandbox) -> None:
    own = own_interpreter()
    bare = Interpreter(executable=own.executable, version=own.version, folders=(), path=())
    with pytest.raises(SandboxError, match="did not start"):
        asyncio.run(tier_a.run(a_run_of("", "", interpreter=bare)))


def test_a_host_without_root_runs_jails_too(tmp_path: Path) -> None:
    python = shutil.which("python3", path="/usr/bin")
    if os.getuid() != 0 or python is None or inspect_interpreter(Path(python)).version < (3, 11):
        pytest.skip("needs root, to become somebody else, and a Python 3.11 that everybody can reach")
    packages = next(entry for entry in sys.path if entry.endswith("site-packages"))
    let_in(tmp_path)
    tmp_path.chmod(0o777)
    program = """
import asyncio
from tests.sandbox.test_bubblewrap import a_run_of
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.warm import Warmth
async def main():
    run = a_run_of("", "def test_a(): pass")
    print((await BubblewrapSandbox(cgroups="none").run(run)).verdict)
    sandbox = BubblewrapSandbox(cgroups="none", warmth=Warmth())
    await sandbox.warm_up(run)
    print((await sandbox.run(run)).verdict, sandbox.depth.zygotes)
    await sandbox.aclose()
asyncio.run(main())
"""
    path = os.pathsep.join((str(Path("src").absolute()), str(Path.cwd()), packages))
    environment = {"PYTHONPATH": path, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [python, "-c", program],
        user=12345,
        group=12345,
        extra_groups=[],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["passed", "passed", "1"], done.stderr
