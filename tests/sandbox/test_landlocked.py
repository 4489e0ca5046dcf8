"""Jails without namespaces, and how they are chosen: on machines that really refuse what the stronger ones need."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sandbox.backends import let_in, reachable_interpreter
from tests.sandbox.kernels import said_by, system_python
from tests.sandbox.leftovers import MARK, leftovers
from tests.sandbox.test_bubblewrap import a_run_of

from aitestgen.errors import SandboxError
from aitestgen.sandbox.landlocked import LandlockSandbox, check_reachable
from aitestgen.sandbox.relocation import Relocation
from aitestgen.sandbox.run_folder import PREFIX, RunFolder, run_folder
from aitestgen.values import Run, Tier, Verdict

KILLED_SECONDS = 0.1


@pytest.fixture(scope="module")
def tier_c() -> Iterator[LandlockSandbox]:
    sandbox = LandlockSandbox()
    yield sandbox
    asyncio.run(sandbox.aclose())
    assert folders() == []


def folders() -> list[Path]:
    """Those of runs of this process: it also keeps a copy of our guest programs."""
    found = Path(tempfile.gettempdir()).glob(f"{PREFIX}*-{os.getpid()}-*")
    return [folder for folder in found if (folder / "job").exists()]


def a_run(code: str, tests: str, **more: object) -> Run:
    return a_run_of(code, tests, interpreter=reachable_interpreter(), **more)


SLEEPER = """
import os, time
def test_sleep():
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork(): os._exit(0)
            break
    time.sleep(60)
"""


def test_an_honest_run_is_measured_and_named_as_in_any_jail(tier_c: LandlockSandbox) -> None:
    code = "def double(x):\n    return 2 * x\n"
    tests = "from user_code import double\nimport user_code\ndef test_a():\n    assert double(2) == 4, user_code\n"
    result = asyncio.run(tier_c.run(a_run(code, tests)))
    assert (result.verdict, result.tier, result.backend) == (Verdict.PASSED, Tier.C, "landlock"), result.output
    assert result.outcomes[0].arcs == {(-1, 2), (2, -1)}
    assert result.peak_bytes > 0


def test_what_a_guest_says_of_its_places_is_the_same_in_every_run(tier_c: LandlockSandbox) -> None:
    tests = "import os, user_code\ndef test_a(): assert 0, (user_code.__file__, os.getcwd(), os.environ['HOME'])\n"
    first, second = (asyncio.run(tier_c.run(a_run("", tests))) for _ in range(2))
    assert "('/job/user_code.py', '/tmp', '/tmp')" in first.outcomes[0].message
    assert first.outcomes[0].message == second.outcomes[0].message
    assert PREFIX not in str(first.frames)


def test_a_cancelled_run_is_dead_at_once_with_all_its_orphans(tier_c: LandlockSandbox) -> None:
    async def cancelled() -> float:
        started = asyncio.Event()
        run = a_run("", SLEEPER, hash_seed=MARK)
        task = asyncio.create_task(tier_c.run(run, lambda _frame: started.set()))
        await started.wait()
        await asyncio.sleep(0.5)  # its orphans are there, or not yet: either way they must go
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert min(asyncio.run(cancelled()) for _ in range(3)) < KILLED_SECONDS
    assert leftovers(os.getpid()) == []


def test_a_killed_host_takes_its_jails_with_it_and_the_next_one_tidies_up() -> None:
    program = f"""
import asyncio, sys
sys.path[:0] = {[str(Path.cwd())]!r}
from tests.sandbox.test_landlocked import SLEEPER, a_run, MARK
from aitestgen.sandbox.landlocked import LandlockSandbox
asyncio.run(LandlockSandbox().run(a_run("", SLEEPER, hash_seed=MARK), lambda frame: print('up', flush=True)))
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"up\n"
        mark = 1_000_000 + host.pid
        assert leftovers(host.pid, mark)
        host.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5.0
    while leftovers(host.pid, mark) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert leftovers(host.pid, mark) == []
    LandlockSandbox()
    assert list(Path(tempfile.gettempdir()).glob(f"{PREFIX}*-{host.pid}-*")) == []


def test_runs_at_once_do_not_see_each_other(tier_c: LandlockSandbox) -> None:
    tests = """
import glob, os, time
def test_a():
    open("mine", "w").write("x"); time.sleep(0.5)
    above = os.path.dirname(os.getcwd())
    for folder in glob.glob(os.path.dirname(above) + "/*") + [above]:
        try: os.listdir(folder)
        except OSError: continue
        raise AssertionError(folder)
    assert os.listdir(".") == ["mine"]
"""

    async def several() -> list[Verdict]:
        return [result.verdict for result in await asyncio.gather(*(tier_c.run(a_run("", tests)) for _ in range(3)))]

    assert asyncio.run(several()) == [Verdict.PASSED] * 3


def test_a_bound_project_is_importable_and_its_sockets_are_out_of_reach(
    tier_c: LandlockSandbox, tmp_path: Path
) -> None:
    (tmp_path / "pack.py").write_text("answer = 42\n")
    let_in(tmp_path)
    tests = f"""
import os, pytest, socket
from pack import answer
def test_a():
    assert answer == 42
    with pytest.raises(OSError): open({str(tmp_path / "new.py")!r}, "w")
    with pytest.raises(OSError): socket.socket(socket.AF_UNIX).connect({str(tmp_path / "s")!r})
"""
    run = a_run("", tests, binds=(tmp_path,), job={"path": [str(tmp_path)]})
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        (tmp_path / "s").chmod(0o777)
        server.listen()
        assert asyncio.run(tier_c.run(run)).verdict is Verdict.PASSED


def test_what_only_root_can_reach_is_refused_with_the_fix(tier_c: LandlockSandbox, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root: anybody else's guests are who he is")
    tmp_path.chmod(0o700)
    with pytest.raises(SandboxError, match=r"chmod o\+x /"):
        asyncio.run(tier_c.run(a_run("", "", binds=(tmp_path / ".",))))
    with pytest.raises(SandboxError, match="folder of its own"):
        check_reachable((Path("/tmp"),), as_root=True)  # noqa: S108  # refused


CHOOSE = """
import asyncio, logging, os, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s")
from tests.sandbox.backends import reachable_interpreter
from aitestgen import wiring
from aitestgen.errors import SandboxError
from aitestgen.settings import read_settings
os.environ["AITESTGEN_SANDBOX_FLOOR"] = "{floor}"
jail = wiring.local_jail(read_settings())
try: result = asyncio.run(wiring.closing(jail, wiring.prove(jail, reachable_interpreter())))
except SandboxError as error: print("refused:", error)
else: print(result.verdict, result.tier, result.backend)
"""
NO_USER_NAMESPACES = (
    *("unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c"),
    'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all --inh-caps=-all "$@"',
    "sh",
)


def a_container() -> tuple[str, ...]:
    """What starts a root without CAP_SYS_ADMIN, as container engines do."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv, to be a root without CAP_SYS_ADMIN")
    return "setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"


def test_a_root_that_may_not_mount_gets_tier_c_where_it_is_allowed_and_is_told() -> None:
    said = said_by(CHOOSE.format(floor="C"), *a_container())
    assert said.splitlines()[-1] == "passed C landlock"
    assert "no CAP_SYS_ADMIN" in said
    assert "guests run in jails of tier C" in said


def test_a_root_that_may_not_mount_is_refused_where_tier_c_is_not_allowed() -> None:
    said = said_by(CHOOSE.format(floor="B"), *a_container())
    assert said.startswith("refused: the jail did not start: this root has no CAP_SYS_ADMIN")
    assert "AITESTGEN_SANDBOX_FLOOR=C" in said


@pytest.mark.parametrize("floor", ["B", "C"])
def test_a_user_without_user_namespaces_gets_tier_c_only_where_it_is_allowed(floor: str) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, to be on a machine without user namespaces")
    uid = 12_345 if os.getuid() == 0 else None
    said = said_by(CHOOSE.format(floor=floor), *NO_USER_NAMESPACES, python=system_python(), uid=uid)
    assert "cannot unshare the user namespace" in said
    assert said.splitlines()[-1].startswith("passed C landlock" if floor == "C" else "refused: ")


def test_with_namespaces_the_stronger_jail_is_chosen_whatever_the_floor() -> None:
    said = said_by(CHOOSE.format(floor="C"))
    assert said.splitlines()[-1] in {"passed A bubblewrap", "passed B bubblewrap"}


ALONE = """
import asyncio
from tests.sandbox import kernels
from tests.sandbox.backends import reachable_interpreter
from aitestgen import wiring
from aitestgen.errors import SandboxError
from aitestgen.sandbox.landlocked import LandlockSandbox
interpreter = reachable_interpreter()
kernels.{without}()
try: print(asyncio.run(wiring.prove(LandlockSandbox(), interpreter)))
except SandboxError as error: print("refused:", error)
"""


@pytest.mark.parametrize(
    ("without", "why"),
    [("without_landlock", "Landlock 6 is needed"), ("without_filters", "cannot set the system-call filter")],
)
def test_a_kernel_without_one_of_the_walls_runs_nothing(without: str, why: str) -> None:
    said = said_by(ALONE.format(without=without))
    assert said.startswith("refused: ")
    assert why in said


def owner_of(pid: str) -> int | None:
    try:
        return os.stat(f"/proc/{pid}").st_uid  # noqa: PTH116  # a name out of os.listdir
    except FileNotFoundError:  # it has ended
        return None


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("assert os.getuid() == 12345", Verdict.PASSED),
        ("os.chmod('x', 0)", Verdict.FAILED),
        ("os.kill(os.getppid(), 9)", Verdict.FAILED),
        ("[os.kill(p, 9) for p in range(2, 99_999) if p != os.getpid() and can(p)]", Verdict.PASSED),
        ("bomb()", Verdict.PROCESS_LIMIT),
        ("[orphan() for _ in range(9)]", Verdict.PASSED),
    ],
    ids=["honest", "chmod", "its parent", "everybody", "fork bomb", "orphans"],
)
def test_a_host_without_root_holds_guests_of_its_own_user(body: str, verdict: Verdict) -> None:
    tests = f"""
import os, time
def can(pid):
    try: os.kill(pid, 0)
    except OSError: return False
    return True
def bomb():
    while True:
        try: os.fork()
        except OSError: pass
def orphan():
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        while True: time.sleep(1)
def test_a():
    open("x", "w").close()
    {body}
"""
    program = f"""
import asyncio, os
from tests.sandbox.test_landlocked import LandlockSandbox, a_run, folders, owner_of
before = [pid for pid in os.listdir("/proc") if pid.isdigit()]
result = asyncio.run(LandlockSandbox().run(a_run("", {tests!r})))
new = [pid for pid in os.listdir("/proc") if pid.isdigit() and pid not in before]
mine = [pid for pid in new if owner_of(pid) == os.getuid()]
print(result.verdict, mine, folders())
"""
    if os.getuid() != 0:
        pytest.skip("needs root, to become somebody else")
    assert said_by(program, python=system_python(), uid=12_345) == f"{verdict} [] []\n"


def test_a_tree_of_any_depth_and_mode_is_removed_and_no_link_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    with run_folder({"a/b.py": b"x"}, None) as folder:
        (folder.tmp / "link").symlink_to(outside)
        (folder.tmp / "file").symlink_to(outside / "precious")
        (folder.tmp / "closed").mkdir()
        (folder.tmp / "closed" / "inner").touch()
        (folder.tmp / "closed").chmod(0)
        here = os.open(folder.tmp, os.O_RDONLY)
        for _ in range(3_000):
            os.mkdir("deep", dir_fd=here)
            inner = os.open("deep", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.close(here)
    assert not folder.root.exists()
    assert [file.name for file in outside.iterdir()] == ["precious"]


def test_a_file_that_would_lie_outside_of_the_job_is_refused() -> None:
    with pytest.raises(SandboxError, match="outside"), run_folder({"../x.py": b""}, None):
        pass
    assert folders() == []


def test_only_names_of_places_are_moved() -> None:
    moved = Relocation(folder=RunFolder(root=Path("/r")), library=Path("/l"))
    job = {"file": "/job/a.py", "root": "/job", "source": "x = '/job/a.py'", "other": "/jobs", "many": [1, ("/job/b",)]}
    inward = {
        "file": "/r/job/a.py",
        "root": "/r/job",
        "source": "x = '/job/a.py'",
        "other": "/jobs",
        "many": [1, ["/r/job/b"]],
    }
    assert moved.inward(job) == inward
    assert moved.outward({"at /r/job/a.py:3": ["in /r/tmp, /r/tmpx and /r"]}) == {
        "at /job/a.py:3": ["in /tmp, /r/tmpx and /r"]
    }
