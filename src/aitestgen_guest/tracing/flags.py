"""What woven code leaves behind when it runs (woven.py): flags that were taken, and places of exceptions."""

from types import CodeType

from aitestgen_guest.tracing.line_ways import Arc

ELSEWHERE = -1


class Flag(list[None]):
    """Full until its jump is run. It has a hash, as constants have: code objects may be put into sets and dicts."""

    __hash__ = object.__hash__  # type: ignore[assignment] # a list has none


class Seen(set[int]):
    """Places from which exceptions came; with a hash, too."""

    __hash__ = object.__hash__  # type: ignore[assignment] # a set has none


class Probes:
    """The flags and sets of woven code. `left_out` has the code objects that got none, each with the reason."""

    def __init__(self) -> None:
        self.flags: list[tuple[Flag, Arc]] = []
        self.catches: list[tuple[Seen, dict[int, Arc]]] = []
        self.made: list[CodeType] = []
        self.left_out: list[tuple[CodeType, str]] = []

    def add(self, more: "Probes") -> None:
        self.flags += more.flags
        self.catches += more.catches

    def taken(self) -> set[Arc]:
        """The arcs run since the last call."""
        found = set()
        for flag, arc in self.flags:
            if not flag:
                found.add(arc)
                flag.append(None)
        for seen, arcs in self.catches:
            while seen:
                place = seen.pop()
                key = place if place in arcs else ELSEWHERE
                if key in arcs:
                    found.add(arcs[key])
        return found
