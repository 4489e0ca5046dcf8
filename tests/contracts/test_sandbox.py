"""What every sandbox does, wherever its jails are: one suite for seams.Sandbox."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.sandbox.leftovers import MARK, leftovers
from tests.sandbox.podman import IMAGE, build_image, demand_podman
from tests.sandbox.served import served, wait_until

from aitestgen.errors import SandboxError
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.bwrap import find_bwrap
from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.remote import RemoteSandbox
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings
from aitestgen.values import Limits, Outcome, Run, Verdict

pytestmark = pytest.mark.jail

LIMITS = Limits(wall_seconds=10.0, cpu_cores=1.0)
LIMITS_OF_THE_SERVICE = {"wall_seconds": 30.0, "cpu_cores": 2.0, "slots": 4}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    settings = Settings().model_copy(update=LIMITS_OF_THE_SERVICE)
    with served(settings, BubblewrapSandbox(), own_interpreter()) as running:
        yield running.url


@pytest.fixture(params=["bubblewrap", "remote", "podman"])
def sandbox(request: pytest.FixtureRequest, service: str) -> Sandbox:
    if request.param == "podman":
        demand_podman()
        build_image()
        return ContainerSandbox("podman", image=IMAGE)
    return BubblewrapSandbox() if request.param == "bubblewrap" else RemoteSandbox([service])


@contextmanager
def no_jail(kind: str) -> Iterator[Sandbox]:
    """A sandbox of the kind, whose jails cannot start."""
    if kind == "bubblewrap":
        broken = find_bwrap()
        yield BubblewrapSandbox(bwrap=type(broken)(executable="/nonexistent/bwrap", version=(0,), parts={}))
    elif kind == "podman":
        demand_podman()
        yield ContainerSandbox("podman", image="localhost/none")
    else:
        yield RemoteSandbox(["http://127.0.0.1:9"])


def a_run(tests: str, **more: Any) -> Run:
    fields: dict[str, Any] = {
        "program": "run_tests",
        "job": {"tests": ["test_user_code.py"], "trace": None, "path": []},
        "interpreter": own_interpreter(),
        "files": {"test_user_code.py": tests.encode()},
        "limits": LIMITS,
    }
    return Run(**{**fields, **more})


def test_honest_tests_pass(sandbox: Sandbox) -> None:
    run = a_run(
        "def test_a(): pass\ndef test_b(): print('hé')\n",
        expected=("test_user_code.py::test_a", "test_user_code.py::test_b"),
    )
    result = asyncio.run(sandbox.run(run))
    assert (result.verdict, result.detail) == (Verdict.PASSED, "")
    assert {test.id: test.outcome for test in result.outcomes} == dict.fromkeys(run.expected or (), Outcome.PASSED)
    assert "2 passed" in result.output
    assert (result.seconds > 0, result.peak_bytes > 0) == (True, True)
    assert result.backend == ("podman" if isinstance(sandbox, ContainerSandbox) else "bubblewrap")


def test_a_failed_test_is_a_result_that_says_which(sandbox: Sandbox) -> None:
    result = asyncio.run(sandbox.run(a_run("def test_a(): pass\ndef test_b(): assert 1 == 2, '\\ud800'\n")))
    assert (result.verdict, result.detail) == (Verdict.FAILED, "test_user_code.py::test_b")
    assert "assert 1 == 2" in result.outcomes[-1].message


def test_a_guest_over_its_time_is_a_result(sandbox: Sandbox) -> None:
    run = a_run("import time\ndef test_a(): time.sleep(60)\n", limits=Limits(wall_seconds=1.5, cpu_cores=1.0))
    assert asyncio.run(sandbox.run(run)).verdict is Verdict.TIMED_OUT


def test_an_unexpected_test_is_forged(sandbox: Sandbox) -> None:
    run = a_run("def test_a(): pass\n", expected=("test_user_code.py::test_b",))
    assert asyncio.run(sandbox.run(run)).verdict is Verdict.FORGED


def test_a_traced_run_tells_the_arcs_of_each_test(sandbox: Sandbox) -> None:
    files = {"user_code.py": b"def f(x):\n    if x:\n        return 1\n    return 2\n"}
    files["test_user_code.py"] = b"from user_code import f\ndef test_a(): f(0)\ndef test_b(): f(1)\n"
    job = {"tests": ["test_user_code.py"], "trace": "/job/user_code.py", "path": []}
    result = asyncio.run(sandbox.run(a_run("", job=job, files=files)))
    first, second = result.outcomes
    assert ((2, 4) in first.arcs, (2, 3) in second.arcs) == (True, True)
    assert first.arcs != second.arcs


def test_the_seed_of_hashes_is_the_runs(sandbox: Sandbox) -> None:
    tests = "import os\ndef test_a(): assert os.environ['PYTHONHASHSEED'] == '77'\n"
    assert asyncio.run(sandbox.run(a_run(tests, hash_seed=77))).verdict is Verdict.PASSED


def test_a_project_has_its_own_of_what_pytest_is_made_of(sandbox: Sandbox) -> None:
    own = {"pluggy.py": b"OWN = 3\n", "packaging/__init__.py": b"", "packaging/version.py": b"OWN = 4\n"}
    tests = "import pluggy\nfrom packaging.version import OWN\ndef test_a(): assert (pluggy.OWN, OWN) == (3, 4)\n"
    result = asyncio.run(sandbox.run(a_run(tests, files={"test_user_code.py": tests.encode(), **own})))
    assert [test.outcome for test in result.outcomes] == [Outcome.PASSED]


def test_frames_come_while_the_guest_runs_and_in_order(sandbox: Sandbox) -> None:
    heard: list[tuple[float, str]] = []

    async def listen() -> tuple[float, Any]:
        loop = asyncio.get_running_loop()
        tests = "import time\ndef test_a(): pass\ndef test_b(): time.sleep(1)\n"
        result = await sandbox.run(a_run(tests), lambda frame: heard.append((loop.time(), str(frame["ev"]))))
        return loop.time(), result

    end, result = asyncio.run(listen())
    assert [kind for _, kind in heard] == [frame["ev"] for frame in result.frames]
    assert end - next(at for at, kind in heard if kind == "collected") > 0.9


def processes() -> list[str]:
    """Those of runs with our mark; a service in this process keeps jails of its own ready."""
    return [name for name in leftovers(os.getpid()) if name.startswith("process")]


def test_a_cancelled_run_leaves_nothing_behind(sandbox: Sandbox) -> None:
    run = a_run("import time\ndef test_a(): time.sleep(60)\n", hash_seed=MARK, limits=Limits(wall_seconds=30.0))

    async def cancelled() -> None:
        started = asyncio.Event()
        running = asyncio.create_task(sandbox.run(run, lambda _: started.set()))
        await started.wait()
        assert processes()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancelled())
    wait_until(lambda: not processes(), seconds=5)


def test_runs_at_once_do_not_mix(sandbox: Sandbox) -> None:
    async def several() -> list[str]:
        tests = "def test_a(): print('mark', {}); assert False\n"
        results = await asyncio.gather(*(sandbox.run(a_run(tests.format(number))) for number in range(3)))
        return [result.output for result in results]

    for number, output in enumerate(asyncio.run(several())):
        assert [f"mark {other}" in output for other in range(3)] == [other == number for other in range(3)]


def test_a_sandbox_can_be_closed_more_than_once(sandbox: Sandbox) -> None:
    async def scene() -> Verdict:
        result = await sandbox.run(a_run("def test_a(): pass\n", hash_seed=MARK))
        await sandbox.aclose()
        await sandbox.aclose()
        return result.verdict

    assert asyncio.run(scene()) is Verdict.PASSED
    assert processes() == []


@pytest.mark.parametrize("kind", ["bubblewrap", "remote", "podman"])
def test_where_there_is_no_jail_it_is_an_error_that_says_so(kind: str) -> None:
    with (
        no_jail(kind) as sandbox,
        pytest.raises(SandboxError, match="jail did not start|no sandbox service|cannot run a jail"),
    ):
        asyncio.run(sandbox.run(a_run("def test_a(): pass\n")))
