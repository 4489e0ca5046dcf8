"""Which CPython runs the guest, and which folders of the host it needs to start at the same paths."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from aitestgen.errors import UsageError
from aitestgen.values import Interpreter

OLDEST, NEWEST = (3, 10), (3, 14)
PROBE_SECONDS = 30.0
MAX_LINKS = 40

SHARED_PREFIXES = frozenset({Path("/"), Path("/usr"), Path("/usr/local")})
"""Prefixes that hold far more than Python: of these only Python's own parts are shown."""

LOADER_FILES = (Path("/lib64"), Path("/usr/lib64"), Path("/etc/ld.so.cache"), Path("/usr/share/zoneinfo"))

PROBE = """
import json, os, sys, sysconfig
for name in ("_ctypes", "_ssl", "_sqlite3", "_bz2", "_lzma", "zlib"):
    try:
        __import__(name)
    except ImportError:
        pass
with open("/proc/self/maps") as maps:
    loaded = {line.split(None, 5)[5].rstrip() for line in maps if ".so" in line}
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": sys.version_info[:3],
    "real": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "prefixes": sorted({sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}),
    "standard": [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")],
    "path": sys.path,
    "multiarch": sysconfig.get_config_var("MULTIARCH") or "",
    "loaded": sorted(loaded),
}))
"""


def inspect_interpreter(executable: Path) -> Interpreter:
    """Ask the interpreter itself, isolated (-I), what it is and where its parts lie.

    Raises UsageError, naming what to do, unless `executable` is a CPython from 3.10 to 3.14 that starts.
    """
    executable = executable.absolute()
    facts = _ask(executable)
    version = (int(facts["version"][0]), int(facts["version"][1]))
    if facts["implementation"] != "cpython" or not OLDEST <= version <= NEWEST:
        found = f"{facts['implementation']} {version[0]}.{version[1]}"
        raise UsageError(f"{executable} is {found}: name a CPython 3.10 to 3.14 (with --python)")
    path = tuple(entry for entry in map(Path, facts["path"]) if entry.exists())
    return Interpreter(
        executable=executable,
        version=version,
        folders=_outermost(_folders(executable, facts, path)),
        path=path,
    )


@cache
def own_interpreter() -> Interpreter:
    """The interpreter that runs this process."""
    return inspect_interpreter(Path(sys.executable))


def _ask(executable: Path) -> Mapping[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603  # the caller's own choice of interpreter, with our own arguments
            [executable, "-I", "-c", PROBE], capture_output=True, timeout=PROBE_SECONDS, check=True, env={}
        )
        facts = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UsageError(f"{executable} does not start as a Python ({error}): name another with --python") from error
    if not isinstance(facts, dict):
        raise UsageError(f"{executable} did not answer as a Python: name another with --python")
    return facts


def _folders(executable: Path, facts: Mapping[str, Any], path: Iterable[Path]) -> Iterable[Path]:
    real = Path(facts["real"])
    prefixes = [Path(prefix) for prefix in facts["prefixes"]]
    yield from (prefix for prefix in prefixes if prefix not in SHARED_PREFIXES)
    yield from _links(executable)
    yield real
    yield from map(Path, facts["standard"])
    yield from (entry for entry in path if entry not in {Path("/"), home_folder()})
    yield from (Path(library).parent for library in facts["loaded"])
    if facts["multiarch"]:
        yield Path("/usr/lib", facts["multiarch"])
    yield from LOADER_FILES


def home_folder() -> Path | None:
    """Of whoever runs this; None for a user that has none, such as a service of systemd with DynamicUser."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def _links(path: Path) -> Iterable[Path]:
    """The path, and each that it leads to: `.venv/bin/python`, `/usr/bin/python3`, `/usr/bin/python3.11`."""
    for _ in range(MAX_LINKS):
        yield path
        if not path.is_symlink():
            return
        path = Path(os.path.normpath(path.parent / path.readlink()))


def _outermost(folders: Iterable[Path]) -> tuple[Path, ...]:
    """The existing ones, each once, without those that lie inside another."""
    there = {folder for folder in folders if folder.exists()}
    return tuple(sorted(folder for folder in there if not there.intersection(folder.parents)))
