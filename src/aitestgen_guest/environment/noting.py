"""Stand-ins for parts of the process that note what is asked of them."""

import argparse
import contextlib
import io
import logging
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from aitestgen_guest.tracing.probes import Cut


class Stdin(io.StringIO):
    """Standard input that knows whether it was read."""

    was_read = False

    def readline(self, *size: Any) -> str:  # type: ignore[override]  # typeshed: io.TextIOBase is no IOBase of text
        self.was_read = True
        return super().readline(*size)

    def read(self, *size: Any) -> str:
        self.was_read = True
        return super().read(*size)

    def __next__(self) -> str:  # type: ignore[override]  # as above
        self.was_read = True
        return super().__next__()


class CommandLine(list[str]):
    """`sys.argv` that knows whether it was read."""

    was_read = False

    def __getitem__(self, place: Any) -> Any:
        self.was_read = True
        return super().__getitem__(place)

    def __iter__(self) -> Any:
        self.was_read = True
        return super().__iter__()

    def __len__(self) -> int:
        self.was_read = True
        return super().__len__()


class Environment(dict[Any, Any]):
    """The data behind `os.environ`; it notes the keys that were asked for, and whether all of it was.

    Variables `behind` are there for who asks for them by name.
    """

    def __init__(self, variables: "dict[str, str]", behind: "dict[str, str]") -> None:
        super().__init__({os.fsencode(key): os.fsencode(value) for key, value in variables.items()})
        self.behind = {os.fsencode(key): os.fsencode(value) for key, value in behind.items()}
        self.asked: set[str] = set()
        self.whole = False

    def __getitem__(self, key: Any) -> Any:
        name = os.fsdecode(key)
        if not name.startswith("PYTHON") and not (name == "COLUMNS" and _is_idle()):  # the library's own questions
            self.asked.add(name)
        return super().__getitem__(key) if key in self else self.behind[key]

    def __iter__(self) -> Any:
        self.whole = True
        return super().__iter__()

    def __setitem__(self, key: Any, value: Any) -> None:
        self.whole = True
        super().__setitem__(key, value)


def _is_idle() -> bool:
    """Whether a parser of argparse asks for the width of the terminal though it shows nothing: so it does when made."""
    frame: Any = sys._getframe(1)
    names = []
    while frame is not None:
        names += [frame.f_code.co_name] if frame.f_code.co_filename == argparse.__file__ else []
        frame = frame.f_back
    return bool(names) and not {"format_usage", "format_help"} & {*names}


class Logged(logging.Handler):
    """Notes the messages of log records, those that pytest's `caplog` would hold; it fails where that would."""

    def __init__(self) -> None:
        super().__init__(0)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    @contextlib.contextmanager
    def listening(self) -> "Iterator[None]":
        """Hear of what is logged meanwhile."""
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)


class Putting:
    """Puts values in places, and back what was there before."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.stack = stack

    def __call__(self, holder: Any, name: str, value: Any) -> None:
        self.stack.callback(setattr, holder, name, getattr(holder, name))
        setattr(holder, name, value)


def told_by(kind: Any, moment: "list[int]", tell: "Callable[[], None]") -> Any:
    """The class, which tells when its moment is asked for, and to which plain ones belong too."""

    class Belonging(type):
        def __instancecheck__(cls, value: Any) -> bool:
            return isinstance(value, kind.__base__)

    def asked(name: str) -> Any:
        def now(cls: Any, *arguments: Any, **named: Any) -> Any:
            tell()
            return getattr(super(fixed, cls), name)(*arguments, **named)

        return classmethod(now)

    names = [name for name in ("now", "utcnow", "today") if name in vars(kind)]
    held = {"moment": tuple(moment), "day_of_today": tuple(moment[:3])}
    fixed = Belonging(kind.__name__, (kind,), {**held, **{name: asked(name) for name in names}})
    return fixed


def text_of(error: BaseException) -> str:
    """What the exception says; nothing where it cannot tell."""
    try:
        return str(error)
    except Cut:
        raise
    except BaseException:  # noqa: BLE001 - its `__str__` is code of the module under test, or a compiled one's that gives up
        return ""
