"""One row of the gate's table."""

from typing import NamedTuple


class Case(NamedTuple):
    """A source, the rule that refuses it ("" where it is allowed), and the names that the refusal gives ("": any)."""

    name: str
    source: str
    rule: str = ""
    offender: str = ""
