"""What is done with the result of a call to drive it to its end, as source text."""

from collections.abc import Sequence

from aitestgen.propose.by_search.checks import operand
from aitestgen.propose.by_search.observed import Observed

SHOWN_OF_ENDLESS = 5


def wrapped(observed: Observed, text: str, done: Sequence[str] = ()) -> str:
    """The call's text with all that is done with its result, but for what is `done` already."""
    for manner in observed.observation.wraps:
        if manner not in done:
            text = _with(manner, text, observed)
    return text


def _with(manner: str, text: str, observed: Observed) -> str:
    match manner:
        case "run":
            return f"asyncio.run({text})"
        case "await":
            return f"await {text}"
        case "list" | "collected" | "read_twice":
            return f"{manner}({text})"
        case "islice":
            return f"list(itertools.islice({text}, {SHOWN_OF_ENDLESS}))"
        case "sent":
            return f"sent_to({', '.join([text, *observed.sends])})"
        case "call" | "again":
            given = observed.then if manner == "call" else observed.again
            return f"{operand(text)}({', '.join(given or ())})"
    return text
