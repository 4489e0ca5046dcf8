"""What a server takes, found once and remembered: which form of structured answer, and whether a temperature."""

from collections.abc import Sequence
from functools import lru_cache

from aitestgen.errors import LLMFormRefused
from aitestgen.seams import LanguageModel
from aitestgen.values import Completion, Prompt


class KnownForms:
    """How many of a server's forms, the strictest ones, it refuses, and whether it takes a temperature."""

    def __init__(self) -> None:
        self.refused = 0
        self.takes_temperature = True


@lru_cache(maxsize=256)
def known_forms(account: str) -> KnownForms:  # noqa: ARG001 # the cache's key
    """What this process knows of the server and model of an account (Endpoint.account)."""
    return KnownForms()


class Structured:
    """Asks the first of several models that takes the form; each is the same model, asked in a looser form.

    The last one must take every prompt. Prompts without a schema go to it at once.
    """

    def __init__(self, models: Sequence[LanguageModel], known: KnownForms) -> None:
        self._models = models
        self._known = known

    @property
    def name(self) -> str:
        return self._models[-1].name

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer (see seams.LanguageModel)."""
        last = len(self._models) - 1
        first = last if prompt.schema is None else min(self._known.refused, last)
        for number in range(first, last):
            try:
                return await self._models[number].complete(prompt)
            except LLMFormRefused:
                self._known.refused = max(self._known.refused, number + 1)
        return await self._models[last].complete(prompt)

    async def aclose(self) -> None:
        """Close all of them."""
        for model in self._models:
            await model.aclose()
