"""What was found lately, so that an agent can ask about it by a short id."""

import hashlib
from collections import OrderedDict
from dataclasses import astuple, dataclass

from aitestgen.errors import UsageError
from aitestgen.values import Finding, Mutant, SourceFile

MOST_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A suspected bug or a surviving mutant, and the module as it was then."""

    subject: Finding | Mutant
    source: SourceFile


class Ledger:
    """The latest findings of this server's life; the oldest are forgotten."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._most = most

    def noted(self, source: SourceFile, subject: Finding | Mutant) -> str:
        """Its id: the same for the same finding in the same text."""
        entry = Entry(subject, source)
        kind = "bug" if isinstance(subject, Finding) else "mutant"
        facts = repr((source.module, source.text, astuple(subject)))
        id_ = f"{kind}-{hashlib.sha256(facts.encode('utf-8', 'backslashreplace')).hexdigest()[:10]}"
        self._entries[id_] = entry
        self._entries.move_to_end(id_)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)
        return id_

    def entry(self, id_: str) -> Entry:
        """Raises UsageError for an id that is not known (any more)."""
        if id_ not in self._entries:
            raise UsageError(
                f"no finding {id_!r} is known here: take an id from the latest `generate_tests` or `find_survivors`"
            )
        return self._entries[id_]
