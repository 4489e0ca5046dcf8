"""The matrix of guests and backends in the document, between markers: grouped by theme, without a date."""

import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.sandbox.backends import BACKENDS
from tests.sandbox.guests_benign import BENIGN
from tests.sandbox.hostile import THEMES, Row

from aitestgen.sandbox.bwrap import find_bwrap

ROUNDED_MS = 10
UNKNOWN = "not run"
UNHARMED = "benign guests as they deserve"
BORDER = re.compile(r"(?<!\\)\|")
Cells = dict[tuple[str, str], str]
"""What stands in the table, by guest and backend."""


def write_matrix(document: Path, rows: Sequence[Row]) -> None:
    """Put these rows between the markers `guests`, beside what stands there of other guests and backends."""
    cells = _read(_between(document, "guests")) | {(cell(row.guest.name), row.backend): _verdict(row) for row in rows}
    for backend, count in _unharmed(rows).items():
        cells[UNHARMED, backend] = count
    write_between(document, "guests", "\n".join(_lines(cells)))


def write_between(document: Path, name: str, text: str) -> None:
    """Replace what stands between the markers of this name. Raises ValueError where the document has none."""
    before, _, after = _parts(document, name)
    begin, end = _markers(name)
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


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def _between(document: Path, name: str) -> str:
    return _parts(document, name)[1]


def _parts(document: Path, name: str) -> tuple[str, str, str]:
    """What stands before, between and behind the markers."""
    begin, end = _markers(name)
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    text, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{document} has no {begin} … {end}")
    return before, text, after


def _read(text: str) -> Cells:
    """The cells of tables of ours."""
    cells: Cells = {}
    backends: list[str] = []
    for line in filter(None, text.splitlines()):
        first, *others = [part.strip() for part in BORDER.split(line.strip("|"))] if line[0] == "|" else ["---"]
        if first == "guest":
            backends = others
        elif first != "---":
            cells |= {(first, backend): said for backend, said in zip(backends, others, strict=True)}
    return cells


def _lines(cells: Mapping[tuple[str, str], str]) -> Iterator[str]:
    known = {backend for _, backend in cells}
    backends = [
        *(backend.name for backend in BACKENDS if backend.name in known),
        *sorted(known - {backend.name for backend in BACKENDS}),
    ]
    themes = {theme: [cell(guest.name) for guest in guests] for theme, guests in THEMES.items()}
    count = len({guest for names in themes.values() for guest in names} & {guest for guest, _ in cells})
    yield f"{count} guests, with {versions()}; milliseconds are those of one run among others."
    for theme, guests in (themes | {"Ordinary tests": [UNHARMED]}).items():
        yield f"\n#### {theme}\n"
        yield f"| guest | {' | '.join(backends)} |"
        yield f"|---|{'---|' * len(backends)}"
        for guest in guests:
            yield f"| {guest} | {' | '.join(cells.get((guest, backend), UNKNOWN) for backend in backends)} |"


def _verdict(row: Row) -> str:
    wrong = " (wrong)" if row.wrong else ""
    return f"`{row.verdict}` {round(row.seconds * 1000 / ROUNDED_MS) * ROUNDED_MS} ms{wrong}"


def _unharmed(rows: Sequence[Row]) -> dict[str, str]:
    """How many of the benign guests got what they deserve, where all were run."""
    ran = {backend: [row for row in rows if row.backend == backend and row.guest in BENIGN] for backend in _names(rows)}
    return {
        backend: f"{sum(not row.wrong for row in found)} of {len(found)}"
        for backend, found in ran.items()
        if len(found) == len(BENIGN)
    }


def _names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.backend for row in rows))
