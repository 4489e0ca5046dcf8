"""The seams: where one implementation can be exchanged for another. Each has one suite in tests/contracts/."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aitestgen.values import Completion, Prompt, Run, RunResult

OnFrame = Callable[[Mapping[str, Any]], None]


class Sandbox(Protocol):
    """Runs guest programs in a jail, each in a fresh one."""

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """Run one guest to its end, and return what came out, however it behaved.

        `on_frame` sees each of the guest's messages as it arrives. Cancelling the call kills the jail and waits until
        it is gone; a jail of another machine is hung up on, and not waited for. Raises SandboxError only for the
        sandbox's own failure.
        """
        ...

    async def aclose(self) -> None:
        """End whatever stands ready for later runs, and runs that are still under way."""
        ...


class LanguageModel(Protocol):
    """Answers questions, within the limits that it was built with."""

    @property
    def name(self) -> str:
        """Provider and model, such as `groq:llama-3.1-8b-instant`."""
        ...

    async def complete(self, prompt: Prompt) -> Completion:
        """The model's answer to one question, whatever it says.

        Raises LLMError where none came: no key, no route, refused, too late, or a budget of calls, tokens or money is
        used up. The wait is bounded. Cancelling the call hangs up.
        """
        ...

    async def aclose(self) -> None:
        """Close what connections are open."""
        ...
