"""The folder that guests see as /aitestgen: our guest programs, pytest and what it needs, compiled ahead of time.

It is built once per version of these sources in the user's cache folder and byte-compiled once per Python version by
running pytest on nothing, because under another version than the host's every run would otherwise compile pytest again.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aitestgen.errors import SandboxError
from aitestgen.sandbox.interpreter import home_folder
from aitestgen.sandbox.owner import own_name
from aitestgen.sandbox.run_folder import sweep
from aitestgen.values import Interpreter

PACKAGES = {
    "pytest": "pytest",
    "_pytest": "pytest",
    "py": "pytest",
    "pluggy": "pluggy",
    "iniconfig": "iniconfig",
    "packaging": "packaging",
    "pygments": "pygments",
    "exceptiongroup": "exceptiongroup",
    "tomli": "tomli",
    "typing_extensions": "typing-extensions",
}
"""Import name → distribution. The last three are wanted by pytest under Python 3.10 only."""

NEEDED = frozenset({"pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments"})
GUEST_PACKAGE = "aitestgen_guest"
FOLDERS = "aitestgen-library-"
UNUSED_SECONDS = 7 * 24 * 3600.0

COMPILE = """
import compileall, os, sys
guest, library = sys.argv[1:]
compileall.compile_dir(guest, quiet=2)
sys.path[:] = [*[entry for entry in sys.path if entry], guest, library]
import pytest
arguments = ["-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", os.getcwd(), "-q", "test_warm.py"]
raise SystemExit(pytest.main(arguments))
"""

COMPILE_ENVIRONMENT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

WARM_TEST = """
import pytest
@pytest.mark.parametrize("a", [0])
def test_a(a, tmp_path, monkeypatch, capsys, recwarn):
    with pytest.raises(ZeroDivisionError):
        1 / a
@pytest.mark.xfail
def test_b(): assert {"a": [1]} == {"a": [2]}
"""


def library_for(interpreter: Interpreter) -> Path:
    """The folder to show as /aitestgen, holding `guest` and `lib`, compiled for the interpreter's version.

    Raises SandboxError where it cannot be built.
    """
    return _compiled(interpreter.executable, interpreter.version)


@cache
def _compiled(executable: Path, python: tuple[int, int]) -> Path:
    folder = _copied()
    mark = folder / f"compiled-{python[0]}.{python[1]}"
    if not mark.exists():
        _compile(executable, folder)
        mark.touch()
    return folder


@cache
def _copied() -> Path:
    """The copy of today's sources, named by their digest. Complete once it is there: it is renamed into place."""
    sources = dict(_sources())
    target = cache_folder() / _digest(sources)
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            made = Path(scratch, "aitestgen")
            for name, source in sources.items():
                _copy(source, made / ("guest" if name == GUEST_PACKAGE else "lib") / source.name)
            made.chmod(0o755)
            _rename(made, target)
        _forget_old(target.parent)
    os.utime(target)
    return target


def _forget_old(cache: Path) -> None:
    """Remove copies of other versions that no process has started with for a week."""
    for folder in cache.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process may be at it too
            if folder.stat().st_mtime < time.time() - UNUSED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _sources() -> Iterator[tuple[str, Path]]:
    for name in (*PACKAGES, GUEST_PACKAGE):
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            yield name, origin.parent if origin.name == "__init__.py" else origin
        elif name in NEEDED or name == GUEST_PACKAGE:
            wanted = PACKAGES.get(name, "aitestgen")
            raise SandboxError(f"the package {name} is missing here: `pip install {wanted}` brings it")


def _digest(sources: dict[str, Path]) -> str:
    """Changes with every release of a package, and with every edit of our own guest programs."""
    lines = [f"{name} {guest_digest() if name == GUEST_PACKAGE else _release(name)}\n" for name in sources]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


@cache
def guest_digest() -> str:
    """Tells our guest programs from those of another version; those in an image say theirs."""
    package = dict(_sources())[GUEST_PACKAGE]
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(f"{file.relative_to(package)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _release(name: str) -> str:
    try:
        return version(PACKAGES[name])
    except (KeyError, PackageNotFoundError):
        return ""


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _rename(made: Path, target: Path) -> None:
    try:
        made.rename(target)
    except OSError:
        if not target.exists():  # else another process was as quick, with the same content
            raise


def _compile(executable: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        Path(scratch, "test_warm.py").write_text(WARM_TEST, encoding="utf-8")
        command = [str(executable), "-I", "-S", "-c", COMPILE, str(folder / "guest"), str(folder / "lib")]
        done = subprocess.run(  # noqa: S603  # our own sources, under the caller's interpreter
            command,
            cwd=scratch,
            env={**COMPILE_ENVIRONMENT, "TMPDIR": scratch},  # pytest's own folder there may be somebody else's
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise SandboxError(f"pytest does not start under {executable}: {(done.stderr or done.stdout).strip()[-400:]}")


def cache_folder() -> Path:
    """Ours alone to write: what lies there is trusted inside every jail. Without a home it is this process' own."""
    home = home_folder()
    base = os.environ.get("XDG_CACHE_HOME") or (home and home / ".cache")
    if not base:
        return _process_folder()
    folder = Path(base) / "aitestgen"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = folder.stat().st_uid == os.getuid() and os.access(folder, os.W_OK)
    except OSError:
        mine = False
    return folder if mine else _process_folder()


@cache
def _process_folder() -> Path:
    """Where no cache can be kept: a folder for this process, removed at its end, or at the next start of another."""
    sweep(FOLDERS)
    folder = tempfile.TemporaryDirectory(prefix=f"{FOLDERS}{own_name()}-")
    _process_folders.append(folder)
    return Path(folder.name)


_process_folders: list["tempfile.TemporaryDirectory[str]"] = []
