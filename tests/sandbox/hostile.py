"""Hostile guests as data: what each tries, and the verdict that it must get. `python -m tests.sandbox.hostile` runs all.

A guest that must be *unable* to do something tries it and asserts that it failed: then the verdict is `passed`.
"""

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.values import MIB, Limits, Run, RunResult, Verdict

LIMITS = Limits(wall_seconds=2.0, cpu_cores=1.0)
PATIENT = Limits(wall_seconds=6.0, cpu_cores=1.0)

HONEST = """
from user_code import add
def test_add():
    assert add(1, 2) == 3
"""
WRONG = """
from user_code import add
def test_add():
    assert add(1, 2) == 4
"""
ADD = """
def add(a, b):
    return a + b
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One hostile guest. `tier_b`: its verdict is the same without control groups, and it is run there too."""

    name: str
    verdicts: tuple[Verdict, ...]
    code: str = ADD
    tests: str = HONEST
    files: dict[str, str] = field(default_factory=dict)
    limits: Limits = LIMITS
    seconds: float = 5.0
    tier_b: bool = False

    def run(self) -> Run:
        texts = {"user_code.py": self.code, "test_user_code.py": self.tests, **self.files}
        return Run(
            program="run_tests",
            job={"tests": ["test_user_code.py"], "trace": None, "path": []},
            interpreter=own_interpreter(),
            files={name: text.encode() for name, text in texts.items()},
            limits=self.limits,
            expected=("test_user_code.py::test_add",),
        )


def does(name: str, body: str, *verdicts: Verdict, **more: object) -> Guest:
    """A guest whose one test runs `body`, and passes if that ends well."""
    tests = "import user_code\ndef test_add():\n    assert user_code.act() is None\n"
    code = "def act():\n" + "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    return Guest(name=name, verdicts=verdicts, code=code, tests=tests, **more)  # type: ignore[arg-type]  # by keyword


def cannot(name: str, body: str, error: str = "OSError", **more: object) -> Guest:
    """A guest that tries `body`, and passes only if it raises `error`."""
    lines = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    return does(name, f"import os, pytest\nwith pytest.raises({error}):\n{lines}", Verdict.PASSED, **more)


def at_import(name: str, body: str, *verdicts: Verdict, **more: object) -> Guest:
    """A guest whose module runs `body` when it is imported, and whose test would then fail."""
    return Guest(name=name, verdicts=verdicts, code=dedent(body) + ADD, **({"tests": WRONG} | more))  # type: ignore[arg-type]  # by keyword


SYSCALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""

EXHAUSTION = (
    does("fork bomb", """
        import os
        while True:
            try: os.fork()
            except OSError: pass
        """, Verdict.PROCESS_LIMIT, tier_b=True),
    does("fork bomb that waits", """
        import os, time
        while True:
            if os.fork() == 0: time.sleep(60)
        """, Verdict.PROCESS_LIMIT, tier_b=True),
    does("thread flood", """
        import threading, time
        while True: threading.Thread(target=time.sleep, args=(60,)).start()
        """, Verdict.PROCESS_LIMIT, tier_b=True),
    does("zombies", """
        import os
        for _ in range(10_000):
            if os.fork() == 0: os._exit(0)
        """, Verdict.PROCESS_LIMIT, tier_b=True),
    does("heap bomb", """
        hoard = []
        while True: hoard.append(bytearray(4 << 20))
        """, Verdict.OUT_OF_MEMORY, tier_b=True),
    does("heap bomb, swallowed", """
        hoard = []
        while True:
            try: hoard.append(b"x" * (32 << 20))
            except MemoryError: pass
        """, Verdict.OUT_OF_MEMORY, tier_b=True),
    does("one huge allocation", "b'x' * (1 << 40)", Verdict.OUT_OF_MEMORY, tier_b=True),
    does("memory bomb in many processes", """
        import os, time
        for _ in range(20):
            if os.fork() == 0:
                hoard = bytearray(b"x") * (30 << 20)
                time.sleep(60)
        time.sleep(60)
        """, Verdict.OUT_OF_MEMORY, tier_b=True),
    does("memory in /tmp", """
        hoard = bytearray(b"x") * (100 << 20)
        for number in range(60):
            with open(f"/tmp/{number}", "wb") as file: file.write(b"x" * (1 << 20))
        more = bytearray(b"x") * (200 << 20)
        """, Verdict.OUT_OF_MEMORY, tier_b=True),
    does("CPU spin", "while True: pass", Verdict.TIMED_OUT, tier_b=True),
    does("CPU spin in C", "sum(range(10 ** 12))", Verdict.TIMED_OUT),
    does("CPU spin in many processes", """
        import os
        for _ in range(20): os.fork()  if _ < 4 else None
        while True: pass
        """, Verdict.TIMED_OUT),
    does("sleep", "import time; time.sleep(60)", Verdict.TIMED_OUT, tier_b=True),
    does("print flood", "while True: print('x' * 4096)", Verdict.OUTPUT_LIMIT, tier_b=True),
    does("print flood, past the capture", """
        import os
        while True: os.write(1, b"x" * 4096)
        """, Verdict.OUTPUT_LIMIT, tier_b=True),
    does("flood on stderr", """
        import sys
        while True: print('x' * 4096, file=sys.stderr)
        """, Verdict.OUTPUT_LIMIT, tier_b=True),
    at_import("flood of the real stdout", """
        import os
        os.environ["PYTEST_ADDOPTS"] = ""
        def find():
            for fd in range(3, 64):
                try:
                    if os.readlink(f"/proc/self/fd/{fd}").startswith("pipe:"): yield fd
                except OSError: pass
        out = [fd for fd in find()]
        for fd in out:
            os.set_blocking(fd, False)
        while True:
            for fd in out:
                try: os.write(fd, b"\\0" * 65536)
                except OSError: pass
        """, Verdict.OUTPUT_LIMIT, Verdict.FORGED),
    does("moderate output is cut, not killed", "print('x' * (2 << 20)); assert False", Verdict.FAILED),
    does("filling /tmp", """
        import errno
        with open("/tmp/full", "wb", buffering=0) as file:
            try:
                while True: file.write(b"x" * (1 << 20))
            except OSError as error: assert error.errno in (errno.ENOSPC, errno.EFBIG), error
        import os; os.unlink("/tmp/full")
        """, Verdict.PASSED, tier_b=True, limits=PATIENT),
    does("filling /tmp by many files", """
        import errno, os
        try:
            for number in range(100_000):
                with open(f"/tmp/{number}", "wb") as file: file.write(b"x" * 8192)
        except OSError as error: assert error.errno == errno.ENOSPC
        else: raise AssertionError("not full")
        for number in range(number): os.unlink(f"/tmp/{number}")
        """, Verdict.PASSED, limits=PATIENT),
    does("filling /dev/shm", """
        import errno, os
        try:
            for number in range(10_000):
                with open(f"/dev/shm/{number}", "wb", buffering=0) as file: file.write(b"x" * (1 << 20))
        except OSError as error: assert error.errno == errno.ENOSPC
        else: raise AssertionError("not full")
        os.system("true")
        for number in range(number + 1): os.unlink(f"/dev/shm/{number}")
        """, Verdict.PASSED, limits=PATIENT, tier_b=True),
    does("deep directory tree", """
        import os
        os.chdir("/tmp")
        for _ in range(3_000):
            os.mkdir("d" * 200); os.chdir("d" * 200)
        """, Verdict.PASSED, Verdict.INCOMPLETE, Verdict.ERRORED, Verdict.FAILED, limits=PATIENT),
    does("open files", """
        import errno, os
        try:
            while True: os.dup(0)
        except OSError as error: assert error.errno == errno.EMFILE
        os.closerange(20, 600)
        """, Verdict.PASSED),
    does("recursion", """
        def again(): return again()
        again()
        """, Verdict.FAILED, Verdict.CRASHED),
)  # fmt: skip

SURVIVAL = (
    cannot("SIGKILL to pid 1", "os.kill(1, 9); os.getppid() == 1 and [][0]", "IndexError", tier_b=True),
    does("every signal to pid 1", """
        import os, time
        for number in range(1, 64):
            try: os.kill(1, number)
            except OSError: pass
        time.sleep(0.2)
        assert os.getppid() == 1
        """, Verdict.PASSED, tier_b=True),
    does("SIGKILL to all", "import os; os.kill(-1, 9); os.kill(os.getpid(), 9)", Verdict.CRASHED, tier_b=True),
    does("SIGSTOP to itself", "import os; os.kill(os.getpid(), 19)", Verdict.TIMED_OUT, tier_b=True),
    does("ignores SIGTERM", """
        import signal, time
        for number in set(range(1, 65)) - {9, 19, 32, 33}: signal.signal(number, signal.SIG_IGN)
        while True: time.sleep(1)
        """, Verdict.TIMED_OUT, tier_b=True),
    does("a daemon", """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                while True: time.sleep(1)
            os._exit(0)
        os.wait()
        """, Verdict.PASSED, tier_b=True),
    does("a thread that stays", "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()", Verdict.PASSED),
    does("closes every descriptor", "import os; os.closerange(0, 4096)", Verdict.INCOMPLETE, Verdict.CRASHED, Verdict.ERRORED, tier_b=True),
    does("segmentation fault", "import ctypes; ctypes.string_at(0)", Verdict.CRASHED, tier_b=True),
    does("abort", "import os; os.abort()", Verdict.CRASHED),
    at_import("_exit at import", "import os; os._exit(0)", Verdict.INCOMPLETE, tier_b=True),
    does("_exit in a test", "import os; os._exit(0)", Verdict.INCOMPLETE, tier_b=True),
    at_import("sys.exit at import", "import sys; sys.exit(0)", Verdict.INCOMPLETE, Verdict.NOT_COLLECTED, Verdict.ERRORED),
    does("sys.exit in a test", "import sys; sys.exit(0)", Verdict.FAILED),
    does("KeyboardInterrupt", "raise KeyboardInterrupt", Verdict.INCOMPLETE),
    does("memory of pid 1", "open('/proc/1/mem', 'r+b')", Verdict.FAILED),
    at_import("raises at import", "raise RuntimeError", Verdict.NOT_COLLECTED),
    Guest(name="no such test", verdicts=(Verdict.NOT_COLLECTED,), tests="def test_other_name_missing(): pass\n".replace("test_", "tst_")),
    Guest(name="another test than expected", verdicts=(Verdict.FORGED,), tests=HONEST + "\ndef test_more(): pass\n"),
    Guest(name="failing fixture", verdicts=(Verdict.ERRORED,), tests="import pytest\n@pytest.fixture\ndef bad(): 1/0\ndef test_add(bad): pass\n"),
    Guest(name="honestly wrong", verdicts=(Verdict.FAILED,), tests=WRONG, tier_b=True),
)  # fmt: skip

ESCAPE = (
    cannot("host's loopback", "import socket; socket.create_connection(('127.0.0.1', int(open('/job/port').read())), 1)", tier_b=True),
    cannot("DNS", "import socket; socket.getaddrinfo('example.org', 80)", tier_b=True),
    cannot("UDP socket", "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"),
    cannot("netlink", "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)"),
    cannot("vsock", "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)", tier_b=True),
    cannot("raw packets", "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)"),
    cannot("host's abstract sockets", "import socket; socket.socket(socket.AF_UNIX).connect('\\0aitestgen-uid-200001')"),
    cannot("/etc/passwd", "open('/etc/passwd')", tier_b=True),
    cannot("/etc/shadow", "open('/etc/shadow')", tier_b=True),
    cannot("host's home", "os.listdir('/root')+os.listdir('/home')+[][0]", "(OSError, IndexError)"),
    does("own environment", """
        import os
        assert not [name for name in os.environ if name not in
            "PATH HOME TMPDIR LOGNAME LANG TZ PWD PYTHONHASHSEED PYTHONDONTWRITEBYTECODE LC_CTYPE "
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD PYTEST_CURRENT_TEST PYTEST_VERSION".split()], dict(os.environ)
        """, Verdict.PASSED, tier_b=True),
    cannot("environment of pid 1", "open('/proc/1/environ').read()", tier_b=True),
    does("other processes", """
        import os
        assert {int(name) for name in os.listdir("/proc") if name.isdigit()} <= {1, os.getpid()}
        """, Verdict.PASSED, tier_b=True),
    does("no descriptor of the host", """
        import os
        seen = {}
        for fd in os.listdir("/proc/self/fd"):
            try: seen[fd] = os.readlink(f"/proc/self/fd/{fd}")
            except OSError: pass
        strange = [to for to in seen.values() if not to.startswith(("pipe:", "/dev/null", "/tmp", "/proc"))]
        assert not strange, seen
        """, Verdict.PASSED, tier_b=True),
    does("is nobody", """
        import os
        assert os.getresuid() == (65534,) * 3 and os.getresgid() == (65534,) * 3 and set(os.getgroups()) <= {65534}
        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        assert all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
        assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
        """, Verdict.PASSED, tier_b=True),
    does("writing outside /tmp", """
        import os
        for folder in ("/", "/job", "/usr", "/aitestgen", "/dev", "/proc", "/etc", "/aitestgen/lib", os.path.dirname(os.__file__)):
            try: open(folder + "/planted", "w")
            except OSError: continue
            raise AssertionError(folder)
        """, Verdict.PASSED, tier_b=True),
    cannot("the host's core_pattern", "open('/proc/sys/kernel/core_pattern', 'r+')", tier_b=True),
    cannot("sysrq", "open('/proc/sysrq-trigger', 'w')"),
    does("executing what it wrote", """
        import os, shutil, subprocess, sys
        real = os.path.realpath(sys.executable)
        for folder in ("/tmp", "/dev/shm"):
            shutil.copyfile(real, folder + "/program"); os.chmod(folder + "/program", 0o755)
            try: subprocess.run([folder + "/program", "-c", ""])
            except PermissionError: continue
            raise AssertionError(folder)
        """, Verdict.PASSED, tier_b=True, limits=PATIENT),
    cannot("loading a library it wrote", """
        import ctypes, shutil, _ctypes
        shutil.copyfile(_ctypes.__file__, "/tmp/lib.so")
        ctypes.CDLL("/tmp/lib.so")
        """),
    cannot("memfd", "os.memfd_create('x')", tier_b=True),
    *(
        cannot(name, f"{SYSCALL}\ncall({arguments})", tier_b=name in {"mount", "unshare", "ptrace"})
        for name, arguments in {
            "mount": "165, b'none', b'/tmp', b'tmpfs', 0, None",
            "umount": "166, b'/tmp', 2",
            "unshare": "272, 0x10000000",
            "setns": "308, 0, 0",
            "clone3": "435, None, 0",
            "clone with a namespace": "56, 0x10000000 | 17, None, None, None, None",
            "ptrace": "101, 0, 0, None, None",
            "process_vm_readv": "310, 1, None, 0, None, 0, 0",
            "keyctl": "250, 0, -3, 0",
            "add_key": "248, b'user', b'k', b'v', 1, -3",
            "io_uring": "425, 8, None",
            "bpf": "321, 0, None, 0",
            "perf_event_open": "298, None, 0, -1, -1, 0",
            "userfaultfd": "323, 0",
            "new mount API": "430, b'tmpfs', 0",
            "pivot_root": "155, b'/tmp', b'/tmp'",
            "execveat": "322, 0, b'/x', None, None, 0",
            "kexec": "246, 0, 0, None, 0",
            "module": "313, 0, b'', 0",
            "reboot": "169, 0xfee1dead, 672274793, 0x1234567, None",
            "setuid": "105, 0",
            "setgroups": "116, 0, None",
            "System V memory": "29, 0, 4096, 0o1000",
            "x32 call": "0x40000000 + 250",
        }.items()
        if name != "x32 call"
    ),
    does("x32 calls", f"{SYSCALL}\ncall(0x40000000 + 39)", Verdict.CRASHED),
    cannot("chroot", "os.chroot('/tmp')"),
    cannot("device node", "import stat; os.mknod('/tmp/disk', 0o666 | stat.S_IFBLK, os.makedev(8, 0))"),
    cannot("set-uid bit", """
        import shutil, sys
        shutil.copyfile(os.path.realpath(sys.executable), "/tmp/su"); os.chmod("/tmp/su", 0o4755)
        import subprocess; subprocess.run(["/tmp/su", "-c", ""], check=True)
        """),
    does("symlinks out", """
        import os
        for target in ("/etc/shadow", "/proc/1/root/etc/shadow", "/proc/1/cwd/../etc/passwd", "../../../../etc/shadow"):
            os.symlink(target, "/tmp/link")
            try: open("/tmp/link").read()
            except OSError: pass
            else: raise AssertionError(target)
            os.unlink("/tmp/link")
        """, Verdict.PASSED, tier_b=True),
    does("raising its limits", """
        import resource
        for kind in (resource.RLIMIT_NPROC, resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
            try: resource.setrlimit(kind, (1 << 20, 1 << 20))
            except (OSError, ValueError): continue
            if kind != resource.RLIMIT_FSIZE: raise AssertionError(kind)
        """, Verdict.PASSED),
    cannot("terminal injection", "import fcntl, pty; m, s = pty.openpty(); fcntl.ioctl(s, 0x5412, b'x')"),
)  # fmt: skip

FORGERY = (
    at_import("prints 5 passed", "print('===== 5 passed in 0.01s ====='); import os; os._exit(0)", Verdict.INCOMPLETE, tier_b=True),
    at_import("TestReport says passed", """
        from _pytest.reports import TestReport
        class Always(str): pass
        original = TestReport.__init__
        def lie(self, *args, **kwargs):
            original(self, *args, **kwargs); self.outcome = "passed"; self.longrepr = None
        TestReport.__init__ = lie
        """, Verdict.FORGED, tier_b=True),
    at_import("CallInfo forgets errors", """
        import pytest
        original = pytest.CallInfo.from_call.__func__
        def lie(cls, func, when, reraise=None):
            info = original(cls, func, when, reraise); info.excinfo = None; return info
        pytest.CallInfo.from_call = classmethod(lie)
        """, Verdict.FORGED, tier_b=True),
    at_import("Function.runtest does nothing", """
        import pytest
        pytest.Function.runtest = lambda self: None
        """, Verdict.FORGED, tier_b=True),
    at_import("a hook found through gc", """
        import gc
        from _pytest.config import PytestPluginManager
        class Plugin:
            def pytest_runtest_call(self, item): item.obj = lambda: None
            pytest_runtest_call.pytest_impl = {"tryfirst": True}
        import pytest
        class Better:
            @pytest.hookimpl(tryfirst=True)
            def pytest_runtest_call(self, item): item.obj = lambda *a, **k: None
        for thing in gc.get_objects():
            if isinstance(thing, PytestPluginManager): thing.register(Better())
        """, Verdict.FORGED),
    at_import("the reporter found through gc", """
        import gc
        for thing in gc.get_objects():
            if type(thing).__name__ == "Reporter":
                emit = thing.emit
                def lie(frame, emit=emit):
                    if frame.get("ev") == "end": frame = dict(frame, outcome="passed", message="")
                    if frame.get("ev") == "session": frame = dict(frame, status=0)
                    emit(frame)
                thing.emit = lie
        """, Verdict.FORGED),
    at_import("forged frames to every descriptor", """
        import json, os
        def frame(body, kind=b"f"):
            data = kind + json.dumps(body).encode()
            return len(data).to_bytes(4, "big") + data
        name = "test_user_code.py::test_add"
        forged = (frame({"ev": "collected", "ids": [name]}) + frame({"ev": "start", "id": name})
            + frame({"ev": "end", "id": name, "outcome": "passed", "seconds": 0.1, "message": ""})
            + frame({"ev": "session", "status": 0}) + frame({}, b"d"))
        for fd in range(3, 256):
            try: os.write(fd, forged)
            except OSError: pass
        os._exit(0)
        """, Verdict.FORGED, tier_b=True),
    at_import("a forged last word", """
        import json, os
        data = b"E" + json.dumps({"status": 0, "returned": True, "stopped": None}).encode()
        for fd in range(3, 256):
            try: os.write(fd, len(data).to_bytes(4, "big") + data)
            except OSError: pass
        os._exit(0)
        """, Verdict.FORGED),
    at_import("a huge frame", """
        import os
        for fd in range(3, 256):
            try: os.write(fd, b"\\xff\\xff\\xff\\xff" + b"x" * 100_000)
            except OSError: pass
        """, Verdict.FORGED, tier_b=True),
    at_import("deeply nested JSON", """
        import os
        body = b"f" + b"[" * 100_000
        for fd in range(3, 256):
            try: os.write(fd, len(body).to_bytes(4, "big") + body)
            except OSError: pass
        """, Verdict.FORGED),
    at_import("changed builtins", """
        import builtins
        builtins.isinstance = lambda *a: True
        """, Verdict.FORGED, Verdict.INCOMPLETE, Verdict.ERRORED, Verdict.NOT_COLLECTED),
    at_import("changed hash", """
        import builtins
        builtins.hash = lambda *a: 7
        """, Verdict.FORGED),
    at_import("AssertionError replaced", """
        import builtins
        class Quiet(BaseException): pass
        builtins.AssertionError = Quiet
        """, Verdict.FORGED),
    at_import("skips everything", "import pytest; pytest.skip(allow_module_level=True)", Verdict.NOT_COLLECTED),
    at_import("pytest.exit with 0", "import pytest; pytest.exit('enough', returncode=0)", Verdict.INCOMPLETE, Verdict.NOT_COLLECTED, Verdict.FORGED),
    Guest(name="a conftest hook", verdicts=(Verdict.FAILED,), tests=WRONG, tier_b=True, files={"conftest.py": """
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    result = yield
    result.get_result().outcome = "passed"
"""}),
    Guest(name="a pytest.ini with options", verdicts=(Verdict.FAILED,), tests=WRONG, files={
        "pytest.ini": "[pytest]\naddopts = -p evil --co\n", "evil.py": "import os; os._exit(0)"}),
    Guest(name="files named as pytest's own", verdicts=(Verdict.FAILED,), tests=WRONG, files={
        "pluggy.py": "raise SystemExit(0)", "_pytest.py": "raise SystemExit(0)", "pytest.py": "raise SystemExit(0)"}),
    at_import("forks and reports twice", "import os; os.fork()", Verdict.FAILED, Verdict.FORGED),
    at_import("stops tracing and clocks", """
        import time, sys
        sys.settrace(None); time.monotonic = time.time = time.perf_counter = lambda: 0
        while True: pass
        """, Verdict.TIMED_OUT),
)  # fmt: skip

GUESTS = (*EXHAUSTION, *SURVIVAL, *ESCAPE, *FORGERY)


@contextmanager
def listener() -> Iterator[int]:
    """A port of the host's loopback where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def outcome_of(guest: Guest, sandbox: BubblewrapSandbox, port: int) -> RunResult:
    """What became of the guest. A file of its job names a port of the host that does answer."""
    run = guest.run()
    files = {**run.files, "port": str(port).encode()}
    return await sandbox.run(
        Run(program=run.program, job=run.job, interpreter=run.interpreter, files=files, limits=run.limits, expected=run.expected)
    )


async def main(pattern: str = "") -> int:
    """Print the table; return how many guests got a verdict that they must not have."""
    wrong = 0
    with listener() as port:
        for tier, sandbox in (("A", BubblewrapSandbox()), ("B", BubblewrapSandbox(cgroups="none"))):
            for guest in GUESTS:
                if (tier == "B" and not guest.tier_b) or pattern not in guest.name:
                    continue
                started = time.monotonic()
                result = await outcome_of(guest, sandbox, port)
                took = time.monotonic() - started
                fine = result.verdict in guest.verdicts and took < guest.limits.wall_seconds + guest.seconds
                wrong += not fine
                mark = "" if fine else f"  WRONG: {result.detail} {result.output[-2000:]}"
                sys.stdout.write(f"{tier}  {guest.name:40} {result.verdict:15} {took * 1000:6.0f} ms{mark}\n")
    return wrong


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
