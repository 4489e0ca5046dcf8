"""No more requests under way than the provider takes, counted over everything on this machine that asks it."""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aitestgen.errors import LLMNotConfigured, LLMRateLimited
from aitestgen.providers.retrying import Sleep
from aitestgen.seams import LanguageModel
from aitestgen.values import Completion, Prompt

FIRST_LOOK_SECONDS = 0.02
LONGEST_LOOK_SECONDS = 0.5


class Places:
    """So many locked files, each one request under way. The system unlocks those of a process that dies."""

    def __init__(self, folder: Path, server: str, count: int) -> None:
        self._folder = folder
        self._files = [folder / f"llm-{server}-{number}.lock" for number in range(count)]

    def __len__(self) -> int:
        return len(self._files)

    def take(self) -> int | None:
        """The descriptor that holds a free place; None where all are taken. Raises LLMNotConfigured."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return next((held for file in self._files if (held := _locked(file)) is not None), None)
        except OSError as error:
            raise LLMNotConfigured(
                f"requests under way cannot be counted in {self._folder}: {error.strerror}. "
                "Set AITESTGEN_STATE_FOLDER to a folder of your own"
            ) from error


def _locked(file: Path) -> int | None:
    held = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held


class SideBySide:
    """A model that is asked so many questions at a time as there are places. Nobody waits over `longest_seconds`."""

    def __init__(
        self,
        model: LanguageModel,
        places: Places,
        *,
        longest_seconds: float,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._places = places
        self._longest_seconds = longest_seconds
        self._sleep = sleep
        self._clock = clock

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer (see seams.LanguageModel). Raises LLMRateLimited where no place became free in time."""
        async with self._place():
            return await self._model.complete(prompt)

    async def aclose(self) -> None:
        await self._model.aclose()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        give_up, pause = self._clock() + self._longest_seconds, FIRST_LOOK_SECONDS
        while (held := self._places.take()) is None:
            if self._clock() >= give_up:
                raise LLMRateLimited(
                    f"{len(self._places)} questions to {self.name} were under way for {self._longest_seconds:g} s "
                    "(AITESTGEN_LLM_CONCURRENCY)"
                )
            await self._sleep(pause)
            pause = min(pause * 1.5, LONGEST_LOOK_SECONDS)
        try:
            yield
        finally:
            os.close(held)
