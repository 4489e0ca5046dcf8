"""Nested data with all left out that a case does without."""

import ast
from collections.abc import Callable
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.environment.documents import Document, parsed
from aitestgen_guest.search.near import inner_places, part_at, places, put
from aitestgen_guest.shapes import Case

SMALL = 3
"""Parts of data that a reader takes in at once: what has no more is left as it is."""


def pruned(case: Case, does: "Callable[[Case], bool]") -> Case:
    """The case with every item and key left out, at any depth, without which it still `does`."""
    outer = list(places(case))
    for place in [*outer, *(inner for one in outer for inner in inner_places(part_at(case, one), one))]:
        found = part_at(case, place)
        if found[0] == "data" and found[1][0] in "[({" and _size(value := inputs.value_of(found)) > SMALL:
            case = _in_place(case, place, value, does)
        elif found[0] == "data" and found[1][0] in "'\"" and (document := parsed(inputs.value_of(found))):
            case = _in_document(case, place, document, does)
    for name, answers in case.get("world", {}).get("answers", {}).items():
        for number in range(len(answers)):
            case = _in_answer(case, name, number, does)
    return case


def _in_answer(case: Case, name: str, number: int, does: "Callable[[Case], bool]") -> Case:
    """The case with less in the document that a fake answers with."""
    world = case["world"]
    text = world["answers"][name][number]
    literal, document = _body_in(text)
    if document is None:
        return case

    def written(value: Any) -> Case:
        body = document.write(value)
        changed = [*world["answers"][name]]
        changed[number] = text.replace(literal, repr(body.encode() if literal[0] == "b" else body))
        return {**case, "world": {**world, "answers": {**world["answers"], name: changed}}}

    def works(other: Any) -> bool:
        return document.is_one(other) and does(written(other))

    return written(fewest(document.value, works))


def _body_in(answer: str) -> "tuple[str, Document | None]":
    """The literal in an answer's source text that holds a document, and this; no document where there is none."""
    for node in ast.walk(ast.parse(answer, mode="eval")):
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
            text = node.value.decode("utf-8", "replace") if isinstance(node.value, bytes) else node.value
            if (document := parsed(text)) is not None:
                return ast.get_source_segment(answer, node) or "", document
    return "", None


def _in_document(case: Case, place: "tuple[Any, ...]", document: Document, does: "Callable[[Case], bool]") -> Case:
    """The case with less in the document that a text holds."""

    def written(value: Any) -> Case:
        return put(case, (place, None), inputs.data(document.write(value)))

    def works(other: Any) -> bool:
        return document.is_one(other) and does(written(other))

    return written(fewest(document.value, works))


def _in_place(case: Case, place: "tuple[Any, ...]", value: Any, does: "Callable[[Case], bool]") -> Case:
    def works(other: Any) -> bool:
        return does(put(case, (place, None), inputs.data(other)))

    return put(case, (place, None), inputs.data(fewest(value, works)))


def fewest(value: Any, works: "Callable[[Any], bool]") -> Any:
    """The value with what can be left out left out, as long as it `works`; the value itself where nothing can."""
    if isinstance(value, dict):
        return _fewest_keys(value, works)
    return _fewest_items(value, works) if isinstance(value, (list, tuple)) else value


def _fewest_keys(value: "dict[Any, Any]", works: "Callable[[Any], bool]") -> "dict[Any, Any]":
    for key in list(value):
        fewer = {name: item for name, item in value.items() if name != key}
        value = fewer if works(fewer) else value
    for key in value:
        value = {**value, key: fewest(value[key], _within_dict(value, key, works))}
    return value


def _fewest_items(value: Any, works: "Callable[[Any], bool]") -> Any:
    for place in reversed(range(len(value))):
        fewer = value[:place] + value[place + 1 :]
        value = fewer if works(fewer) else value
    for place, item in enumerate(value):
        value = _with(value, place, fewest(item, _within_items(value, place, works)))
    return value


def _within_dict(value: "dict[Any, Any]", key: Any, works: "Callable[[Any], bool]") -> "Callable[[Any], bool]":
    return lambda inner: works({**value, key: inner})


def _within_items(value: Any, place: int, works: "Callable[[Any], bool]") -> "Callable[[Any], bool]":
    return lambda inner: works(_with(value, place, inner))


def _with(value: Any, place: int, item: Any) -> Any:
    return value[:place] + type(value)([item]) + value[place + 1 :]


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(1 + _size(item) for item in value.values())
    return sum(1 + _size(item) for item in value) if isinstance(value, (list, tuple)) else 0
