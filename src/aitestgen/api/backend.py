"""What the backend's routes work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from aitestgen.api.slots import Closing, Slots
from aitestgen.errors import AitestgenError
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings
from aitestgen.values import Interpreter
from aitestgen.wiring import Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The flow over a sandbox, and the interpreter that runs in it."""

    sandbox: Sandbox
    flow: Flow
    interpreter: Interpreter


@dataclass(slots=True, kw_only=True)
class Backend:
    """Settings, slots, and the tools: built when first wanted, and again later where that failed."""

    settings: Settings
    slots: Slots
    build: Callable[[], Tools]
    _tools: Tools | None = field(default=None, init=False)

    def tools(self) -> Tools:
        """Raises SandboxError or UsageError with the reason why nothing can run here."""
        if self._tools is None:
            self._tools = self.build()
        return self._tools

    async def aclose(self) -> None:
        """End what stands ready."""
        if self._tools is not None:
            await self._tools.sandbox.aclose()

    def reasons(self) -> tuple[str, ...]:
        """Why a generation would not be taken now; empty where it would."""
        if self.slots.closing:
            return (str(Closing()),)
        try:
            self.tools()
        except AitestgenError as error:
            return (str(error),)
        return () if self.slots.free else ("every sandbox slot is busy",)


def backend_of(request: Request) -> Backend:
    return cast(Backend, request.app.state.backend)


TheBackend = Annotated[Backend, Depends(backend_of)]
