"""A model that answers from a script, by kind of question; what it was asked is kept."""

import json
from collections.abc import Mapping, Sequence

from aitestgen.errors import LLMError
from aitestgen.values import Completion, Prompt, Spend


class Scripted:
    """Gives the answers of each kind in turn; where none is left it says so, and `failing` raises LLMError at once."""

    name = "scripted:model"

    def __init__(self, answers: Mapping[str, Sequence[str]], *, failing: bool = False) -> None:
        self._answers = {kind: list(texts) for kind, texts in answers.items()}
        self._failing = failing
        self.prompts: list[Prompt] = []

    async def complete(self, prompt: Prompt) -> Completion:
        self.prompts.append(prompt)
        if self._failing:
            raise LLMError("no key: set one")
        left = self._answers.get(kind_of(prompt), [])
        text = left.pop(0) if left else "I have nothing more to say."
        spend = Spend(calls=1, input_tokens=len(prompt.user) // 4, output_tokens=len(text) // 4, usd=0.001)
        return Completion(text=text, model="scripted", spend=spend, seconds=0.0)

    async def aclose(self) -> None:
        pass


def kind_of(prompt: Prompt) -> str:
    """`cases`, `verdicts` or `names` by what is asked for as JSON; else `code`."""
    return next(iter(prompt.schema["properties"])) if prompt.schema else "code"


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
