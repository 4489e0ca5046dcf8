"""Logs that do not grow without end."""

import os


def rotate(path: str, keep: int = 3) -> int:
    """Move `path` to `path.1`, that to `path.2`, and so on; how many files were moved."""
    if keep < 1:
        raise ValueError("at least one old log has to be kept")
    if not os.path.exists(path):
        return 0
    oldest = f"{path}.{keep}"
    if os.path.exists(oldest):
        os.remove(oldest)
    moved = 0
    for number in range(keep - 1, 0, -1):
        source = f"{path}.{number}"
        if os.path.exists(source):
            os.rename(source, f"{path}.{number + 1}")
            moved += 1
    os.rename(path, f"{path}.1")
    return moved + 1


def append_line(path: str, line: str, limit: int = 40) -> bool:
    """Append a line; whether the file was started anew, because it had grown beyond `limit` bytes."""
    fresh = False
    if os.path.isfile(path) and os.path.getsize(path) > limit:
        os.replace(path, path + ".old")
        fresh = True
    with open(path, "a") as log:
        log.write(line.rstrip("\n") + "\n")
    return fresh
