"""The matrix of guests and backends in the document, between markers: grouped by theme, without a date."""

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.sandbox.hostile import THEMES, Row

from aitestgen.sandbox.bwrap import find_bwrap

ROUNDED_MS = 10


def write_matrix(document: Path, rows: Sequence[Row]) -> None:
    """Replace what stands between the markers `guests` by these rows."""
    write_between(document, "guests", "\n".join(_lines(rows)))


def write_between(document: Path, name: str, text: str) -> None:
    """Replace what stands between the markers of this name. Raises ValueError where the document has none."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{document} has no {begin} … {end}")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def versions() -> str:
    """What a table was made with: enough to know which other machine would give the same."""
    bwrap = ".".join(map(str, find_bwrap().version))
    kernel = ".".join(platform.release().split(".")[:2])
    python = ".".join(platform.python_version_tuple()[:2])
    return f"Python {python}, pytest {version('pytest')}, bubblewrap {bwrap}, Linux {kernel}, {platform.machine()}"


def cell(text: str) -> str:
    """Text that may stand in a table."""
    return text.replace("|", "\\|").replace("*", "\\*").replace("__", "\\_\\_").replace("_exit", "\\_exit")


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    backends = list(dict.fromkeys(row.backend for row in rows))
    found = {(row.guest.name, row.backend): row for row in rows}
    count = len({row.guest.name for row in rows})
    yield f"{count} guests, with {versions()}; milliseconds are those of one run among others."
    for theme, guests in THEMES.items():
        yield f"\n#### {theme}\n"
        yield f"| guest | {' | '.join(backends)} |"
        yield f"|---|{'---|' * len(backends)}"
        for guest in guests:
            cells = [_verdict(found.get((guest.name, backend))) for backend in backends]
            yield f"| {cell(guest.name)} | {' | '.join(cells)} |"


def _verdict(row: Row | None) -> str:
    if row is None:
        return "not run"
    wrong = " (wrong)" if row.wrong else ""
    return f"`{row.verdict}` {round(row.seconds * 1000 / ROUNDED_MS) * ROUNDED_MS} ms{wrong}"
