"""Asks again where that may help: after what the server says, else after longer and longer pauses."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aitestgen.errors import LLMError, LLMRateLimited, LLMUnanswered, LLMUnreachable
from aitestgen.seams import LanguageModel
from aitestgen.values import Completion, Prompt

Passing = LLMRateLimited | LLMUnreachable | LLMUnanswered
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often one question is asked, and how long all of it may take, waits included."""

    tries: int = 4
    seconds: float = 120.0
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 20.0


class Retrying:
    """A model that is asked again after passing trouble. No question takes longer than `patience.seconds`.

    A pause that would not end in time is not begun: the trouble itself is raised.
    """

    def __init__(
        self,
        model: LanguageModel,
        patience: Patience,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self._model = model
        self._patience = patience
        self._sleep = sleep
        self._clock = clock
        self._chance = chance or random.Random()  # noqa: S311 # spreads requests, guards nothing

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer (see seams.LanguageModel), or the last trouble."""
        trouble: list[LLMError] = []
        try:
            async with asyncio.timeout(self._patience.seconds):
                return await self._tries(prompt, trouble)
        except TimeoutError:
            before = f"; before that: {trouble[-1]}" if trouble else ""
            raise LLMUnanswered(
                f"{self.name} gave no answer within {self._patience.seconds:g} s "
                f"(AITESTGEN_LLM_PATIENCE_SECONDS){before}",
                again=False,
            ) from None

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _tries(self, prompt: Prompt, trouble: list[LLMError]) -> Completion:
        give_up = self._clock() + self._patience.seconds
        while True:
            try:
                return await self._model.complete(prompt)
            except (LLMRateLimited, LLMUnreachable, LLMUnanswered) as error:
                trouble.append(error)
                pause = self._pause(len(trouble), error)
                if len(trouble) >= self._patience.tries or not _may_pass(error) or self._clock() + pause >= give_up:
                    raise
                await self._sleep(pause)

    def _pause(self, failures: int, error: Passing) -> float:
        """What the server says and up to a tenth more, so that not all come back at once; else back-off with jitter."""
        told = None if isinstance(error, LLMUnanswered) else error.retry_after
        if told is not None:
            return told + self._chance.random() * max(0.1, told / 10)
        longest = min(self._patience.first_pause_seconds * 2.0 ** (failures - 1), self._patience.longest_pause_seconds)
        return longest * (0.5 + self._chance.random() / 2)


def _may_pass(error: Passing) -> bool:
    return error.again if isinstance(error, LLMUnanswered) else True
