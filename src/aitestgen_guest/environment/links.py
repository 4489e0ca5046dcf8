"""Symbolic links among the files of a case, where the code asks for such: `links`, name → what it points to."""

from pathlib import Path
from random import Random

from aitestgen_guest.environment.folders import FILE_NAME, FOLDER

ASKS = r"\b(is_symlink|islink|readlink|lstat|follow_symlinks|symlinks)\b"
NOWHERE, KEPT = "missing", "kept_"
LINKED, DANGLING = 0.5, 0.2
"""How often a case has a link, and how often that leads to nothing."""


def chosen(files: "dict[str, str | None]", random: Random) -> "tuple[dict[str, str | None], dict[str, str]]":
    """The files, one of them perhaps as a link to it, or to nothing."""
    names = [name for name in files if "/" not in name and not name.startswith(KEPT)]
    if not names or random.random() > LINKED:
        return files, {}
    name = random.choice(names)
    rest = {other: text for other, text in files.items() if other.partition("/")[0] != name}
    if random.random() < DANGLING:
        return rest, {name: NOWHERE}
    return {**rest, KEPT + name: files[name]}, {name: KEPT + name}


def lay_out(folder: str, links: "dict[str, str]") -> None:
    """Make the links, each to something in the folder."""
    for name, target in _within(links):
        Path(folder, name).symlink_to(f"{folder}/{target}")


def lines(links: "dict[str, str]") -> "list[str]":
    """The same as lines of a test."""
    return [f'({FOLDER} / "{name}").symlink_to({FOLDER} / "{target}")' for name, target in _within(links)]


def _within(links: "dict[str, str]") -> "list[tuple[str, str]]":
    """Those that do not lead out of the folder: what a test does to them it must not do to other files."""
    return [(name, target) for name, target in links.items() if FILE_NAME.fullmatch(target)]
