"""The folder in which cases run: emptied, looked through, and named in source text as `tmp_path`."""

import builtins
import contextlib
import os
import re
import shutil
import stat

really_open, really_chmod = builtins.open, os.chmod
"""The real ones: a case may run with others."""
FOLDER = "tmp_path"
FILE_NAME = re.compile(r"(?!\.\.?(/|$))[\w. -]{1,60}(/(?!\.\.?(/|$))[\w. -]{1,60})*")
"""A path that leads out of no folder."""
MAX_BYTES = 900
MAX_ENTRIES = 50
OWN, PERMISSIONS = 0o700, 0o777
LARGE = "larger than a test would show"


def path_text(value: str, folder: str) -> "str | None":
    """Source text for a text that names the folder; None for one that does not."""
    if not folder or folder not in value:
        return None
    rest = value[len(folder) :]
    if value.startswith(folder) and re.fullmatch(r"(/[\w. -]+)*", rest):
        return f'str({FOLDER} / "{rest[1:]}")' if rest else f"str({FOLDER})"
    escaped = value.replace("{", "{{").replace("}", "}}").replace(folder, "{tmp_path}")
    return f"f{escaped!r}"


def emptied(folder: str) -> None:
    """An empty folder of this name, whatever rights a case has taken from what was in it."""
    try:
        os.mkdir(folder)
    except FileExistsError:
        really_chmod(folder, OWN)
        with os.scandir(folder) as entries:
            for entry in list(entries):
                if entry.is_dir(follow_symlinks=False):
                    _remove(entry.path)
                else:
                    os.unlink(entry.path)


def _remove(folder: str) -> None:
    """Take the folder away with all in it: one that may not be entered gets back its rights first."""
    really_chmod(folder, OWN)
    for place, names, _ in os.walk(folder):
        for name in names:
            if not os.path.islink(f"{place}/{name}"):
                really_chmod(f"{place}/{name}", OWN)
    shutil.rmtree(folder, ignore_errors=True)


def files_in(folder: str, prefix: str = "") -> "dict[str, str | bytes | None]":
    """Name → content of what lies in the folder; None for a folder. What may not be read counts as LARGE."""
    found: dict[str, str | bytes | None] = {}
    for entry in _entries(folder):
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            found[name] = None
            found.update(files_in(entry.path, name + "/"))
        elif entry.is_file():
            found[name] = _content(entry.path)
        elif entry.is_symlink():
            found[name] = LARGE
    return found


def modes_in(folder: str) -> "dict[str, int]":
    """Name → permission bits of the files and folders that lie in the folder."""
    found = {}
    for entry in _entries(folder):
        with contextlib.suppress(OSError):  # a link to nowhere, or a folder that may not be entered
            found[entry.name] = stat.S_IMODE(entry.stat().st_mode) & PERMISSIONS
    return found


def _entries(folder: str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return list(entries)[:MAX_ENTRIES]
    except PermissionError:
        return []


def _content(path: str) -> "str | bytes":
    try:
        with really_open(path, "rb") as file:
            return _as_read(file.read(MAX_BYTES + 1))
    except PermissionError:
        return LARGE


def _as_read(content: bytes) -> "str | bytes":
    """What `read_text` gives for this content, or the content itself where that fails; LARGE for much of it."""
    if len(content) > MAX_BYTES:
        return LARGE
    try:
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return content
