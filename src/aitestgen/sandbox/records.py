"""The frames of `run_tests` (docs/guest-protocol.md), read strictly: what cannot have happened is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aitestgen.values import Arc, Outcome, TestOutcome

MOST_SECONDS = 1e9
MOST_LINES = 1 << 31


class Impossible(ValueError):
    """The records contradict each other or the protocol: somebody made them up."""


@dataclass(slots=True, kw_only=True)
class Session:
    """What the records say, so far. `arcs` of import time are those of the id ""."""

    collected: tuple[str, ...] | None = None
    collect_errors: list[str] = field(default_factory=list)
    tests: dict[str, TestOutcome] = field(default_factory=dict)
    running: str | None = None
    import_arcs: frozenset[Arc] = frozenset()
    canaries: dict[str, str] = field(default_factory=dict)
    tampered: str = ""
    exhausted: set[str] = field(default_factory=set)
    status: int | None = None

    @property
    def outcomes(self) -> tuple[TestOutcome, ...]:
        """Of every test of the file that started, in order."""
        return tuple(outcome for name, outcome in self.tests.items() if name not in self.canaries)

    @property
    def canary_outcomes(self) -> tuple[tuple[str, str], ...]:
        """For each canary what it had to come to, and what it came to."""
        return tuple(sorted((wanted, self.tests[name].outcome) for name, wanted in self.canaries.items()))

    @property
    def unknown(self) -> str | None:
        """A test that ran, and was neither collected nor is a canary."""
        known = {*(self.collected or ()), *self.canaries}
        return next((name for name in self.tests if name not in known), None)

    @property
    def unfinished(self) -> str | None:
        """A collected test without an outcome, or the session itself where its last record is missing."""
        for name in self.collected or ():
            if name not in self.tests or self.tests[name].outcome is Outcome.INCOMPLETE:
                return name
        return "the session" if self.status is None else None


def read_session(frames: Sequence[Mapping[str, Any]]) -> Session:
    """What the frames say. Raises Impossible, saying what cannot be, also for a field of a wrong type."""
    session = Session()
    for frame in frames:
        read = READERS.get(str(frame.get("ev")))
        if read is None or session.status is not None:
            raise Impossible(f"a record {frame.get('ev')!r} that cannot be here")
        try:
            read(session, frame)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Impossible(f"a malformed record {frame.get('ev')!r}: {error}") from error
    return session


def _collected(session: Session, frame: Mapping[str, Any]) -> None:
    names = tuple(map(_text, frame["ids"]))
    if session.collected is not None or len(set(names)) != len(names):
        raise Impossible("tests collected twice")
    session.collected = names


def _collect_error(session: Session, frame: Mapping[str, Any]) -> None:
    session.collect_errors.append(f"{_text(frame['id'])}: {_text(frame['text'])}")


def _start(session: Session, frame: Mapping[str, Any]) -> None:
    name = _text(frame["id"])
    if session.running is not None or name in session.tests or session.collected is None:
        raise Impossible(f"{name} cannot start now")
    session.running = name
    session.tests[name] = TestOutcome(id=name, outcome=Outcome.INCOMPLETE, seconds=0.0)


def _end(session: Session, frame: Mapping[str, Any]) -> None:
    name = _text(frame["id"])
    if session.running != name:
        raise Impossible(f"{name} cannot end now")
    session.running = None
    session.tests[name] = TestOutcome(
        id=name, outcome=Outcome(frame["outcome"]), seconds=_seconds(frame["seconds"]), message=_text(frame["message"])
    )
    if "exhausted" in frame:
        session.exhausted.add(_text(frame["exhausted"]))


def _arcs(session: Session, frame: Mapping[str, Any]) -> None:
    arcs = frozenset((_line(start), _line(end)) for start, end in frame["arcs"])
    name = _text(frame["id"])
    if name:
        session.tests[name] = replace(session.tests[name], arcs=session.tests[name].arcs | arcs)
    else:
        session.import_arcs |= arcs


def _canary(session: Session, frame: Mapping[str, Any]) -> None:
    name = _text(frame["id"])
    ended_last = session.running is None and next(reversed(session.tests), None) == name
    if not ended_last or name in session.canaries or name in (session.collected or ()):
        raise Impossible(f"{name} cannot be a canary")
    session.canaries[name] = _text(frame["want"])


def _tampered(session: Session, frame: Mapping[str, Any]) -> None:
    session.tampered = session.tampered or _text(frame["what"])


def _session(session: Session, frame: Mapping[str, Any]) -> None:
    session.status = _line(frame["status"])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} for text")
    return value


def _line(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{type(value).__name__} for a whole number")
    if not -MOST_LINES < value < MOST_LINES:
        raise ValueError("a whole number without bound")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{type(value).__name__} for seconds")
    if not 0 <= value <= MOST_SECONDS:  # holds for what is no number, too
        raise ValueError("seconds that nothing can take")
    return float(value)


READERS = {
    "collected": _collected,
    "collect_error": _collect_error,
    "start": _start,
    "end": _end,
    "arcs": _arcs,
    "canary": _canary,
    "tampered": _tampered,
    "session": _session,
}
