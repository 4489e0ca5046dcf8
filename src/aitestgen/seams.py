"""The seams: where one implementation can be exchanged for another. Each has one suite in tests/contracts/."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from aitestgen.job import Claim, Job, JobEvent, NewJob, Result, Told, Trouble
from aitestgen.values import Completion, Event, Prompt, Request, Run, RunResult

OnFrame = Callable[[Mapping[str, Any]], None]
Flow = Callable[[Request, asyncio.Event | None], AsyncGenerator[Event, None]]
"""The flow with its tools bound. Setting the event makes it finish soon with what is verified so far."""


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


class Desk(Protocol):
    """What a handler of jobs works with while it holds one item."""

    @property
    def stop(self) -> asyncio.Event:
        """Set when the job is cancelled: finish soon, with what there is."""
        ...

    async def files(self) -> Mapping[str, str]:
        """The files of the job."""
        ...

    async def emit(self, told: Sequence[Told]) -> None:
        """Append events to the job. Raises LeaseLost where another attempt has begun."""
        ...


Handle = Callable[[Claim, Desk], Awaitable[Result]]
"""What a job is: the task itself, which knows no engine. Raises AitestgenError where there is no result."""


class Store(Protocol):
    """Jobs and what became of them."""

    async def add(self, new: NewJob) -> tuple[Job, bool]:
        """The job, and whether it is new: another one of the caller with the same key is that one again.

        Raises Conflict where the key was used for another request.
        """
        ...

    async def get(self, job_id: str, caller: str | None = None) -> Job:
        """The job. Raises NotFound, also where it is not this caller's; None asks for anybody's."""
        ...

    async def record(self, claim: Claim, told: Sequence[Told]) -> None:
        """Append events to the job, numbered from 1 without a gap. Raises LeaseLost where the claim is over."""
        ...

    def events(self, job_id: str, after: int = 0) -> AsyncIterator[JobEvent]:
        """Every event after this one, as they come, up to the last one of the job. Raises NotFound."""
        ...

    async def finish(self, claim: Claim, outcome: Result | Trouble, told: Sequence[Told] = ()) -> None:
        """Keep what came out, once: raises LeaseLost, and keeps nothing, where the claim is over."""
        ...


Capacity = Callable[[], AbstractAsyncContextManager[None]]
"""Room for one item; it is waited for. Raises SandboxError where there is none for a while."""


class JobQueue(Protocol):
    """Brings jobs to workers. Each item is worked on by one at a time, and again where its worker is lost."""

    async def submit(self, new: NewJob) -> tuple[Job, bool]:
        """As Store.add; some worker will take it up."""
        ...

    async def cancel(self, job_id: str, caller: str | None = None) -> Job:
        """Ask for the job's end; asked twice, it ends at once. Raises NotFound."""
        ...

    async def serve(self, handle: Handle, capacity: Capacity, slots: int) -> None:
        """Work on items, at most `slots` at a time, until `drain` is called, or it is cancelled."""
        ...

    async def drain(self, seconds: float) -> None:
        """Take nothing new; return when what runs has ended, or was put back into the line after so many seconds."""
        ...
