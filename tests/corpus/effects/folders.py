"""What lies in folders."""

import hashlib
import os
from pathlib import Path


def duplicates(folder: Path) -> list[list[str]]:
    """Names of files with the same content, below the folder."""
    if not folder.is_dir():
        raise NotADirectoryError(str(folder))
    by_digest: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("*")):
        if not file.is_file():
            continue
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        by_digest.setdefault(digest, []).append(str(file.relative_to(folder)))
    return [names for names in by_digest.values() if len(names) > 1]


def lines_by_suffix(directory: str, skip_hidden: bool = True) -> dict[str, int]:
    """The number of lines in the files of a folder, by suffix."""
    counts: dict[str, int] = {}
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if os.path.isdir(path):
            continue
        if skip_hidden and name.startswith("."):
            continue
        suffix = os.path.splitext(name)[1] or "none"
        with open(path) as file:
            counts[suffix] = counts.get(suffix, 0) + sum(1 for _ in file)
    return counts
