"""Smaller worlds: what a reader need not see of files, variables and answers is left out."""

import json
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.shapes import Case


def smaller(case: Case) -> "Iterator[Case]":
    """The case with one part of its world left out."""
    world = case.get("world")
    if not world:
        return
    yield {name: part for name, part in case.items() if name != "world"}
    for changed in (*_fewer_parts(world), *_shorter_files(world), *_fewer_answers(world)):
        yield {**case, "world": {**world, **changed}}


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
