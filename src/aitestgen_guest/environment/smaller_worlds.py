"""Smaller worlds: what a reader need not see of files, variables and answers is left out or made a plain word."""

import json
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.shapes import Case

PLAIN = ("a", "1", "")
MOST_LINES = 8


def smaller(case: Case) -> "Iterator[Case]":
    """The case with one part of its world left out."""
    world = case.get("world")
    if not world:
        return
    yield {name: part for name, part in case.items() if name != "world"}
    for changed in (*_fewer_parts(world), *_shorter_files(world), *_shorter_input(world), *_fewer_answers(world)):
        yield {**case, "world": {**world, **changed}}


def plainer(case: Case) -> "list[Iterator[Case]]":
    """The case with plain words: for each line of its input, each variable and each word of its command line."""
    world = case.get("world", {})
    lines = world.get("stdin", "").splitlines()[:MOST_LINES]
    return [
        *(_with_line(case, number) for number in range(len(lines))),
        *(_with_item(case, "env", name) for name in world.get("env", {})),
        *(_with_item(case, "argv", number) for number in range(len(world.get("argv", ())))),
    ]


def _with_line(case: Case, number: int) -> "Iterator[Case]":
    world = case["world"]
    lines = world["stdin"].splitlines()
    for word in PLAIN:
        text = "".join(f"{line}\n" for line in [*lines[:number], word, *lines[number + 1 :]])
        yield {**case, "world": {**world, "stdin": text}}


def _with_item(case: Case, part: str, key: Any) -> "Iterator[Case]":
    world = case["world"]
    for word in PLAIN:
        changed = world[part].copy()
        changed[key] = word
        yield {**case, "world": {**world, part: changed}}


def _fewer_parts(world: "dict[str, Any]") -> "Iterator[dict[str, Any]]":
    for part, content in world.items():
        if isinstance(content, dict):
            yield from ({part: {n: item for n, item in content.items() if n != name}} for name in content)
        elif isinstance(content, list) and part != "moment":
            yield from ({part: content[:place] + content[place + 1 :]} for place in range(len(content)))


def _shorter_files(world: "dict[str, Any]") -> "Iterator[dict[str, Any]]":
    for name, text in world.get("files", {}).items():
        lines = (text or "").splitlines(keepends=True)
        texts = ["".join(lines[:place] + lines[place + 1 :]) for place in range(len(lines))]
        yield from ({"files": {**world["files"], name: shorter}} for shorter in (*texts, *_smaller_documents(text)))


def _shorter_input(world: "dict[str, Any]") -> "Iterator[dict[str, Any]]":
    lines = world.get("stdin", "").splitlines(keepends=True)
    yield from ({"stdin": "".join(lines[:place] + lines[place + 1 :])} for place in range(len(lines)))


def _fewer_answers(world: "dict[str, Any]") -> "Iterator[dict[str, Any]]":
    for name, answers in world.get("answers", {}).items():
        for place in range(len(answers) if len(answers) > 1 else 0):
            yield {"answers": {**world["answers"], name: answers[:place] + answers[place + 1 :]}}


def _smaller_documents(text: "str | None") -> "Iterator[str]":
    """JSON documents with one item less."""
    try:
        document = json.loads(text or "")
    except ValueError:
        return
    if isinstance(document, dict):
        for key in document:
            yield json.dumps({other: item for other, item in document.items() if other != key})
    elif isinstance(document, list):
        for place, item in enumerate(document):
            yield json.dumps(document[:place] + document[place + 1 :])
            if isinstance(item, dict):
                for key in item:
                    fewer = {other: part for other, part in item.items() if other != key}
                    yield json.dumps([*document[:place], fewer, *document[place + 1 :]])
