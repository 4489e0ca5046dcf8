"""The live block of a terminal: a line for each module that is being worked on, and one for the whole."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from aitestgen.values import Event
from aitestgen.wording import counted

NEXT = {
    "analyse": "search",
    "search": "run",
    "existing": "run",
    "run": "choose",
    "choose": "verify",
    "model": "verify",
    "verify": "mutate",
    "mutate": "report",
}
"""What begins where a stage has ended: events tell of ends, and a reader asks what takes so long now."""
REFRESHES = 8
BAR_COLUMNS = 30


@dataclass(slots=True, kw_only=True)
class Line:
    """What is known of a module that is being worked on. Ratios are None until they were measured."""

    since: float
    stage: str = "analyse"
    coverage: float | None = None
    kills: float | None = None
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))


class LiveBoard:
    """A block that changes in place; `str()` of what it shows is drawn anew at each refresh."""

    def __init__(self, total: int, jobs: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._jobs = jobs
        self._clock = clock
        self._running: dict[str, Line] = {}
        self._taken: list[float] = []

    def started(self, module: str) -> None:
        self._running[module] = Line(since=self._clock())

    def show(self, module: str, event: Event) -> None:
        line = self._running[module]
        line.stage = event.stage if event.under_way else NEXT.get(event.stage, event.stage)
        line.coverage = line.coverage if event.coverage is None else event.coverage
        line.kills = line.kills if event.kills is None else event.kills

    def ended(self, module: str) -> None:
        line = self._running.pop(module, None)
        if line:
            self._taken.append(self._clock() - line.since)

    def seconds_left(self) -> float | None:
        """By what finished modules took; None until one has."""
        if not self._taken:
            return None
        mean = sum(self._taken) / len(self._taken)
        spent = sum(min(mean, self._clock() - line.since) for line in self._running.values())
        waiting = self._total - len(self._taken)
        return max(0.0, waiting * mean - spent) / max(1, min(self._jobs, waiting))

    def __rich__(self) -> RenderableType:
        grid = Table.grid(padding=(0, 2), pad_edge=False)
        grid.add_column(width=1)
        grid.add_column(min_width=16, no_wrap=True, overflow="ellipsis")
        for _ in range(4):
            grid.add_column(no_wrap=True)
        for module, line in self._running.items():
            seconds = f"{self._clock() - line.since:.0f} s"
            figures = (_figure(line.coverage, "covered"), _figure(line.kills, "killed"), Text(seconds, style="dim"))
            grid.add_row(line.spinner, Text(module, style="bold"), Text(line.stage), *figures)
        return Group(grid, self._whole()) if self._total > 1 else grid

    def _whole(self) -> RenderableType:
        done, left = len(self._taken), self.seconds_left()
        row = Table.grid(padding=(0, 2))
        words = f"{done} of {counted(self._total, 'module')}" + (
            f", about {_duration(left)} left" if left is not None else ""
        )
        row.add_row(ProgressBar(total=self._total, completed=done, width=BAR_COLUMNS), Text(words))
        return row


def _figure(ratio: float | None, word: str) -> Text:
    return Text("" if ratio is None else f"{int(ratio * 100)}% {word}")


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60:02} s"


@contextmanager
def live_board(total: int, jobs: int, color: str) -> Iterator[LiveBoard]:
    """Show the block on stderr, and take it away at the end; what is said meanwhile appears above it."""
    colors = {"auto": (None, None), "always": (False, True), "never": (True, None)}
    no_color, force = colors[color]
    console = Console(stderr=True, no_color=no_color, force_terminal=force)
    shown = LiveBoard(total, jobs)
    with Live(shown, console=console, transient=True, refresh_per_second=REFRESHES, redirect_stdout=False):
        yield shown
