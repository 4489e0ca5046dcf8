"""The live line of a terminal: stage, detail and seconds so far."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from aitestgen.values import Event


class LiveProgress:
    """One line that changes in place."""

    def __init__(self, bars: Bars, task: TaskID, title: str) -> None:
        self._bars = bars
        self._task = task
        self._title = title

    def show(self, event: Event) -> None:
        detail = escape(f"  {event.detail}" if event.detail else "")
        self._bars.update(self._task, description=f"[bold]{escape(self._title)}[/]  {escape(event.stage)}{detail}")


@contextmanager
def live_progress(title: str, color: str) -> Iterator[LiveProgress]:
    """Show the line on stderr, and take it away at the end."""
    colors = {"auto": (None, None), "always": (False, True), "never": (True, None)}
    no_color, force = colors[color]
    console = Console(stderr=True, no_color=no_color, force_terminal=force)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        yield LiveProgress(bars, bars.add_task(escape(title), total=None), title)
