"""The folder in which cases run: emptied, looked through, and named in source text as `tmp_path`."""

import builtins
import os
import re
import shutil

really_open = builtins.open
"""The real one: a case may run with another."""
FOLDER = "tmp_path"
MAX_BYTES = 900
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
    """An empty folder of this name."""
    try:
        os.mkdir(folder)
    except FileExistsError:
        with os.scandir(folder) as entries:
            for entry in list(entries):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)


def files_in(folder: str, prefix: str = "") -> "dict[str, str | bytes | None]":
    """Name → content of what lies in the folder; None for a folder."""
    found: dict[str, str | bytes | None] = {}
    with os.scandir(folder) as entries:
        for entry in list(entries)[:50]:
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                found[name] = None
                found.update(files_in(entry.path, name + "/"))
            elif entry.is_file():
                with really_open(entry.path, "rb") as file:
                    found[name] = _as_read(file.read(MAX_BYTES + 1))
    return found


def _as_read(content: bytes) -> "str | bytes":
    """What `read_text` gives for this content, or the content itself where that fails; LARGE for much of it."""
    if len(content) > MAX_BYTES:
        return LARGE
    try:
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return content
