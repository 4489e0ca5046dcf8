"""Cases near a known one: each argument that is plain data replaced, one at a time, by what lies next to it.

The order is fixed and no chance is involved: boundaries and other cases of letters are met for sure, not by luck.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.pool import is_plain
from aitestgen_guest.calls.steps import ADVANCE
from aitestgen_guest.shapes import Case, Description, Expression

MAX_NEIGHBOURS = 24
MAX_ITEMS = 6
MAX_BARE = 8
MAX_NAMED = 20
MAX_LENGTH = 60
MOST_PAIRED = 12
_LAST_SIGN = re.compile(r"[=:,]\s*(?=[^=:,]*$)")
NUMBER = re.compile(r"(?<![\w.\"'])-?\d+(?![\w.\"'])")
Place = tuple[Any, ...]
"""Where an expression stands in a case: the names and numbers that lead to it."""
Slot = tuple[Place, "tuple[int, int] | None"]
"""Where a value stands, and, of a number in a text, where within that."""


def with_each_word(cases: "list[Case]", parameters: "Sequence[Description]", words: "list[str]") -> "Iterator[Case]":
    """The words wherever a text is or may be."""
    yield from swept(cases, words)
    yield from with_words(cases, text_options(parameters), words)


def swept(cases: "Iterable[Case]", words: "list[str]") -> "Iterator[Case]":
    """For each place where one of the cases has a text, or a list of such, the first such case with each of the words
    there instead, and the first whose text has several parts with each as its last part: `name=word`.
    """
    swept_slots = set()
    for case in cases:
        for slot, value in plain_slots(case):
            text, others = _first_text(value)
            for begun in ("", *_begun(text)) if text is not None else ():
                if (slot, bool(begun)) not in swept_slots:
                    swept_slots.add((slot, bool(begun)))
                    made = (begun + word if others is None else [begun + word, *others] for word in words)
                    yield from (put(case, slot, inputs.data(one)) for one in made)


def later(cases: "Iterable[Case]", spans: "Iterable[Expression]") -> "Iterator[Case]":
    """The cases with each of the spans of time, in seconds, between what was before the call under test and that."""
    made = [case for case in cases if case["receiver"] is not None and case["receiver"][0] != "text"]
    for case in made:
        yield from ({**_copy(case), "calls": [*case["calls"], [ADVANCE, [span], {}]]} for span in spans)


def with_options(cases: "Iterable[Case]", names: "list[str]", by_place: "list[str]") -> "Iterator[Case]":
    """The cases that give an argument to a method, with each of these texts given to the constructor as well.

    What that takes by its place, in the order of the names `by_place`, stays as far as it comes before the text.
    """
    for case in cases:
        receiver = case["receiver"]
        if receiver is not None and receiver[0] == "call" and case["arguments"]:
            for name in names:
                before = receiver[2][: by_place.index(name)] if name in by_place else receiver[2]
                made: Expression = ("call", receiver[1], before, {**receiver[3], name: inputs.data("")})
                yield {**_copy(case), "receiver": made, "arguments": [inputs.data(""), *case["arguments"][1:]]}


def swept_in_pairs(cases: "Iterable[Case]", words: "list[str]") -> "Iterator[Case]":
    """For each two places where cases have their first texts, the first such case with each two of the first few words
    there.
    """
    seen = set[tuple[Slot, ...]]()
    for case in cases:
        slots = tuple(slot for slot, value in plain_slots(case) if isinstance(value, str))[:2]
        if len(slots) == 2 and slots not in seen:
            seen.add(slots)
            for pair in itertools.permutations(words[:MOST_PAIRED], 2):
                changed = case
                for slot, word in zip(slots, pair, strict=True):
                    changed = put(changed, slot, inputs.data(word))
                yield changed


def _first_text(value: Any) -> "tuple[str | None, list[Any] | None]":
    """The text, or the first of a list of such, and then the rest of the list."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return value[0], value[1:]
    return (value if isinstance(value, str) else None), None


def _begun(text: str) -> "list[str]":
    """The text up to its last part, if signs that stand between parts are in it."""
    found = _LAST_SIGN.search(text)
    return [text[: found.end()]] if found else []


def with_constants(cases: "list[Case]", parameters: "Sequence[Description]") -> "Iterator[Case]":
    """The first case that gives a parameter a plain value, with each literal that the code shows for it there."""
    for number, item in enumerate(parameters):
        for place in (("arguments", number), ("keywords", item["name"])):
            case = next((one for one in cases if _has_data(one, place)), None)
            if case is not None:
                yield from (put(case, (place, None), ("data", text)) for text in item.get("constants", ()))


def _has_data(case: Case, place: "Place") -> bool:
    part, key = place
    held = case[part]
    return (key in held if isinstance(held, dict) else key < len(held)) and held[key][0] == "data"


def with_words(cases: "list[Case]", names: "list[str]", words: "list[str]") -> "Iterator[Case]":
    """The first few cases with each of the words for each of these parameters that they leave to its default."""
    for name in names:
        bare = [case for case in cases if name not in case["keywords"]][:MAX_BARE]
        for word in words[:MAX_NAMED]:
            yield from ({**_copy(case), "keywords": {**case["keywords"], name: inputs.data(word)}} for case in bare)


def size_of(case: Case) -> float:
    """How much work its plain values may ask for: numbers count by their size, texts and lists by their length."""
    return sum(_extent(value) for _, value in plain_slots(case))


def _extent(value: Any) -> float:
    if isinstance(value, (int, float)):
        return abs(value) if value == value else 0.0  # noqa: PLR0124 - no number is unlike itself but nan
    return float(len(value)) if isinstance(value, (str, bytes, list, tuple, dict, set)) else 1.0


def neighbours(case: Case, constants: "tuple[Any, ...]") -> "Iterator[Case]":
    """The case with one argument changed a little, or replaced by one of the constants, or left to its default."""
    for slot, value in plain_slots(case):
        options = [*_beside(value), *(item for item in constants if _alike(item, value))]
        seen = [value]
        for option in options[:MAX_NEIGHBOURS]:
            if not any(type(option) is type(other) and option == other for other in seen) and is_plain(option):
                seen.append(option)
                yield put(case, slot, inputs.data(option))
    for name in case["keywords"]:
        yield {**_copy(case), "keywords": {n: item for n, item in case["keywords"].items() if n != name}}
    if case["arguments"]:
        yield {**_copy(case), "arguments": case["arguments"][:-1]}
    yield from _rearranged(case)


def moved(case: Case, distance: int) -> "Iterator[Case]":
    """The case with one number, or the length of one text or list, changed by 1 and by `distance`, both ways."""
    for slot, value in plain_slots(case):
        for step in dict.fromkeys((distance, -distance, 1, -1)):
            other = _stepped(value, step)
            if other is not None:
                yield put(case, slot, inputs.data(other))


def _stepped(value: Any, step: int) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value + step
    if isinstance(value, (str, list, tuple)) and 0 <= len(value) + step <= MAX_LENGTH:
        filler: Any = value or ("a" if isinstance(value, str) else type(value)((1,)))
        return (filler * (abs(step) + 1))[: len(value) + step]
    return None


def _rearranged(case: Case) -> "Iterator[Case]":
    """Other earlier calls: one twice, one left out, two in the other order."""
    calls = case["calls"]
    for place in range(min(len(calls), MAX_ITEMS)):
        yield {**_copy(case), "calls": [*calls[: place + 1], *calls[place:]]}
        yield {**_copy(case), "calls": [*calls[:place], *calls[place + 1 :]]}
        if place:
            yield {**_copy(case), "calls": [*calls[: place - 1], calls[place], calls[place - 1], *calls[place + 1 :]]}


def plain_slots(case: Case) -> "Iterator[tuple[Slot, Any]]":
    """The places of plain values with the values: arguments, the receiver's and the earlier calls' too, then what is
    within these.
    """
    within: list[Place] = []
    for place in places(case):
        found = part_at(case, place)
        if found[0] == "data":
            yield (place, None), inputs.value_of(found)
        elif found[0] == "text":
            yield from _numbers_within(place, found[1])
        else:
            within += [inner for inner in inner_places(found, place) if part_at(case, inner)[0] in ("data", "text")]
    for place in within:
        found = part_at(case, place)
        if found[0] == "data":
            yield (place, None), inputs.value_of(found)
        else:
            yield from _numbers_within(place, found[1])


def places(case: Case) -> "Iterator[Place]":
    """Where the arguments of the case stand, those of other calls and of the receiver's too."""
    yield from (("arguments", n) for n in range(len(case["arguments"])))
    yield from (("keywords", name) for name in case["keywords"])
    for part in ("calls", "inside", "beside", "after"):
        for number, (_, arguments, keywords) in enumerate(case.get(part, ())):
            yield from ((part, number, 1, n) for n in range(len(arguments)))
            yield from ((part, number, 2, name) for name in keywords)
    for part in ("then", "again", "sends"):
        yield from ((part, n) for n in range(len(case.get(part) or ())))
    for number, arguments in enumerate(case.get("uses", ())):
        yield from (("uses", number, n) for n in range(len(arguments)))
    receiver = case["receiver"]
    if receiver is not None and receiver[0] == "call":
        yield from (("receiver", 2, n) for n in range(len(receiver[2])))
        yield from (("receiver", 3, name) for name in receiver[3])


def inner_places(expression: Expression, place: "Place") -> "Iterator[Place]":
    """Where the parts of an expression stand, at any depth, if it stands at `place`."""
    inner: list[tuple[Place, Expression]] = []
    if expression[0] == "many":
        inner = [((*place, 2, n), item) for n, item in enumerate(expression[2])]
    elif expression[0] == "pairs":
        inner = [((*place, 1, n, side), pair[side]) for n, pair in enumerate(expression[1]) for side in (0, 1)]
    elif expression[0] == "call":
        inner = [((*place, 2, n), item) for n, item in enumerate(expression[2])]
        inner += [((*place, 3, name), item) for name, item in expression[3].items()]
    for at, item in inner:
        yield at
        yield from inner_places(item, at)


def part_at(case: Case, place: "Place") -> Any:
    found: Any = case
    for key in place:
        found = found[key]
    return found


def _numbers_within(place: "Place", text: str) -> "Iterator[tuple[Slot, Any]]":
    """The whole numbers in a text such as `dt.timedelta(days=40)`."""
    for found in NUMBER.finditer(text):
        yield (place, found.span()), int(found.group())


def put(case: Case, slot: Slot, expression: Expression) -> Case:
    """The case with the expression in the place of what stands there."""
    changed = _copy(case)
    place, span = slot
    holder: Any = part_at(changed, place[:-1])
    if span:
        text = holder[place[-1]][1]
        expression = ("text", text[: span[0]] + expression[1] + text[span[1] :])
    holder[place[-1]] = expression
    return changed


def _copy(case: Case) -> Case:
    copied: Case = json.loads(json.dumps(case))
    copied.pop("oddness", None)
    return copied


def _alike(item: Any, value: Any) -> bool:
    numbers = isinstance(item, (int, float)) and isinstance(value, (int, float))
    return (numbers or type(item) is type(value)) and not isinstance(item, bool)


def _beside(value: Any) -> "list[Any]":
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, 0, 1, -1, 2, 3, -value, value * 2, value + 2, value - 2, value * 10]
    if isinstance(value, float):
        return [value + 1, value - 1, 0.0, 1.0, -value, value / 2, value + 0.5, value * 2, value * 1000]
    if isinstance(value, str):
        return _texts_beside(value)
    if isinstance(value, (list, tuple)):
        return _items_beside(value)
    if isinstance(value, dict):
        return [dict(list(value.items())[:-1]), dict(reversed(list(value.items()))), {}] if value else [{"a": 1}]
    return []


def _texts_beside(text: str) -> "list[str]":
    return [
        "", text[:-1], text[1:], text.upper(), text.lower(), text.swapcase(), text.title(), f" {text}", f"{text} ",
        text * 2, text[::-1], f"{text}a", f"a{text}", f"{text}1", f"{text} {text}", f"{text}\n", text[:1],
    ]  # fmt: skip


def _items_beside(items: Any) -> "list[Any]":
    kind = type(items)
    plain = list(items)
    one_more = [[*plain, other] for other in _beside(plain[-1])[:1]] if plain else []
    found = [plain[:-1], plain[1:], plain[::-1], plain * 2, *one_more, plain[:1], [*plain, *plain[:1]], []]
    for place, item in enumerate(plain[:MAX_ITEMS]):
        found += [[*plain[:place], other, *plain[place + 1 :]] for other in _beside(item)[:3]]
    return [kind(item) for item in found]


def smallest(receiver: Expression) -> Expression:
    """The constructor's call with 1 for each number: what is full, used up or over is so at once."""
    if receiver[0] != "call":
        return receiver
    by_name = {name: _one(item) for name, item in receiver[3].items()}
    return ("call", receiver[1], [_one(item) for item in receiver[2]], by_name)


def _one(expression: Expression) -> Expression:
    is_number = expression[0] == "data" and str(expression[1])[:1] in "-0123456789"
    return ("data", "1") if is_number else expression


def text_options(parameters: "Sequence[Description]") -> "list[str]":
    """The parameters whose default is a text, but no database in memory: any other name of one is that of a file."""
    options = [(item["name"], item["default"] or "") for item in parameters if item["kind"] in ("normal", "keyword")]
    return [name for name, text in options if text.startswith(("'", '"')) and text.strip("'\"") != ":memory:"]
