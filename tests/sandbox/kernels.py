"""Processes to which the kernel really refuses something, as on machines that lack it."""

import ctypes
import errno
import os
import platform
import struct
import subprocess
import sys
from pathlib import Path

import pytest

CALLS = {
    "x86_64": {"prctl": 157, "seccomp": 317, "landlock_create_ruleset": 444},
    "aarch64": {"prctl": 167, "seccomp": 277, "landlock_create_ruleset": 444},
}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF_0000, 0x0005_0000
NUMBER, FIRST_ARGUMENT = 0, 16
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2


def without_landlock() -> None:
    """From now on this process and its children are on a kernel without Landlock."""
    _refuse("landlock_create_ruleset", None, errno.ENOSYS)


def without_filters() -> None:
    """From now on nobody can set a system-call filter here."""
    _refuse("seccomp", None, errno.ENOSYS)
    _refuse("prctl", PR_SET_SECCOMP, errno.EINVAL)


def _refuse(name: str, first_argument: int | None, error: int) -> None:
    """Have the call fail (with that first argument, if any); a filter that is refused itself comes last."""
    body = [(RETURN, 0, 0, FAIL | error)]
    if first_argument is not None:
        body = [(LOAD, 0, 0, FIRST_ARGUMENT), (EQUAL, 0, 1, first_argument), *body]
    number = CALLS[platform.machine()][name]
    steps = [(LOAD, 0, 0, NUMBER), (EQUAL, 0, len(body), number), *body, (RETURN, 0, 0, ALLOW)]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    text = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(text))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    assert libc.prctl(PR_SET_SECCOMP, FILTER, program, 0, 0) == 0, os.strerror(ctypes.get_errno())


def said_by(program: str, *wrapper: str, python: Path | None = None, uid: int | None = None) -> str:
    """What a Python program prints, with both our packages at hand; `wrapper` is the command that starts it."""
    packages = next(entry for entry in sys.path if entry.endswith("site-packages"))
    path = os.pathsep.join((str(Path("src").absolute()), str(Path.cwd()), packages))
    user = {} if uid is None else {"user": uid, "group": uid, "extra_groups": ()}
    done = subprocess.run(
        [*wrapper, str(python or sys.executable), "-c", program],
        env={"PYTHONPATH": path, "PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **user,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def system_python() -> Path:
    """A Python that everybody can reach, and that can be our host, too. Skips the test where there is none."""
    python = Path("/usr/bin/python3")
    if not python.exists():
        pytest.skip("needs a Python that everybody can reach")
    version = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True, check=True
    )
    if version.stdout != b"True\n":
        pytest.skip("needs a Python 3.11 that everybody can reach")
    return python
