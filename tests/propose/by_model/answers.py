"""Answers of a model, put together as the questions ask for them."""

import json
from collections.abc import Mapping


def cases(*items: Mapping[str, object]) -> str:
    whole = {"setup": [], "returns": "", "raises": "", "because": "", "quote": ""}
    return json.dumps({"cases": [{**whole, **item} for item in items]})


def verdicts(*contradicting: int) -> str:
    said = [
        {"number": number, "contradicts": True, "because": "the docstring says otherwise"} for number in contradicting
    ]
    return json.dumps({"verdicts": said})


def code(*tests: str) -> str:
    return "```python\n" + "\n\n".join(tests) + "\n```"
