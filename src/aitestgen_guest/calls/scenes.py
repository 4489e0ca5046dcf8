"""One run of a case: the receiver is built, the steps are taken, the call is made, and what follows is seen.

All of it is one coroutine. Where the case runs on an event loop it really waits; elsewhere it never does, and is run to
its end by `completed`, so that both kinds of code are driven by the same lines.
"""

import asyncio
import collections.abc
import contextlib
import functools
import inspect
import io
import itertools
import types
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from aitestgen_guest.calls import given_objects
from aitestgen_guest.calls.attributes import is_descriptor, read_twice
from aitestgen_guest.calls.held import held_by
from aitestgen_guest.calls.sending import sent_to
from aitestgen_guest.calls.steps import FUNCTION, MAX_TASKS, text_of
from aitestgen_guest.calls.templates import IN_PLACE, LEAVING, STATEMENTS, Target, call_text, code_of
from aitestgen_guest.environment.virtual_time import Deadlock, collected
from aitestgen_guest.shapes import Case, Facts
from aitestgen_guest.tracing.probes import Cut

if TYPE_CHECKING:
    from aitestgen_guest.calls.cases import Stage

NESTED = ("with", "async with")
MAX_DRAINED = 30
SHOWN_OF_ENDLESS = 5
PATIENCE_SECONDS = 3600
STOPS = (Cut, Deadlock, asyncio.CancelledError)
ENTERING = ("__enter__", "__aenter__")
_ASYNC_ONLY = ("__aenter__", "__aexit__", "__aiter__", "__anext__", "__await__")
T = TypeVar("T")


class Unbuildable(Exception):
    """The receiver, an argument or an earlier step failed in a way that no test wants to show."""


def completed(work: "Coroutine[Any, Any, T]") -> T:
    """What a coroutine returns that never waits."""
    try:
        work.send(None)
    except StopIteration as stop:
        done: T = stop.value
        return done
    work.close()
    raise Unbuildable("it waits outside of an event loop")


class Scene:
    """One run. `driven` tells for each earlier step what was done with its result, `wraps` the same of the call."""

    def __init__(self, stage: "Stage", target: Target, case: Case) -> None:
        self.stage = stage
        self.target = target
        self.case = case
        self.loop = bool(case.get("loop"))
        self.receiver: Any = None
        self.values: dict[str, Any] = {}
        self.driven: list[list[str]] = []
        self.wraps: list[str] = []
        self.tasks: list[Any] = []
        self.blocks: list[contextlib.AsyncExitStack] = []
        self.own_blocks: list[contextlib.AsyncExitStack] = []
        self.inside: list[list[str]] = []
        self.thrown: BaseException | None = None
        self.handed_names: list[str] = []
        self.handed_before: Facts = {}
        self.called: Any = None
        """The returned function that the case calls last, and what its own attributes held before."""
        self.held_before: Facts = {}

    # -- before the call ----------------------------------------------------------------------------------------
    def in_loops_of_their_own(self) -> None:
        """Take the leading steps that have an event loop each; the receiver is built before them, outside of any."""
        if self.alone():
            self.build()
            for step in self.alone():
                completed(self.take(step))

    def alone(self) -> "list[Any]":
        """The leading steps with the verb `run:`."""
        return list(itertools.takewhile(lambda step: step[0].startswith("run:"), self.case["calls"]))

    def build(self) -> None:
        """Raises Unbuildable where the receiver's constructor raises."""
        try:
            self.receiver = self.stage.build(self.case["receiver"])
        except STOPS:
            raise
        except BaseException as error:
            raise Unbuildable(type(error).__name__) from error

    async def prepare(self) -> None:
        """Build the receiver and the arguments, and take the steps; raises Unbuildable where that fails."""
        if self.target.name in _ASYNC_ONLY and not self.loop:
            raise Unbuildable("it needs an event loop")
        if self.case["receiver"] is not None and not self.driven:
            self.build()
        for step in self.case["calls"][len(self.driven) :]:
            await self.take(step)
        try:
            values = {f"a{i}": self.stage.build(item) for i, item in enumerate(self.case["arguments"])}
            values.update({f"k_{name}": self.stage.build(item) for name, item in self.case["keywords"].items()})
        except STOPS:
            raise
        except BaseException as error:
            raise Unbuildable(type(error).__name__) from error
        self.values = values

    async def take(self, step: "list[Any]") -> None:
        """Take one earlier step. An exception that the module announces is noted, and does not end the case."""
        how: list[str] = []
        try:
            await self._taken(step, how)
        except STOPS:
            raise
        except BaseException as error:
            path = self.stage.announced(error, step[0].rpartition(":")[2])
            if path is None:
                raise Unbuildable(type(error).__name__) from error
            how.append(f"raises {path}")
        self.driven.append(how)

    async def _taken(self, step: "list[Any]", how: "list[str]") -> Any:
        name = step[0].rpartition(":")[2]
        if name in _ASYNC_ONLY and not self.loop:
            raise Unbuildable("it needs an event loop")
        streamed = self.streams(name)
        if streamed and ":" in step[0]:
            how.append("streamed")
        text = text_of(step, "receiver", streamed=streamed, loop=self.loop)
        if step[0].startswith(("set:", "del:")) or name in STATEMENTS:
            self._execute(text, {"receiver": self.receiver})
            return None
        result = eval(code_of(text), self.stage.namespace, {"receiver": self.receiver})  # noqa: S307 - in the jail
        if step[0].startswith("start:"):
            self.tasks.append(result)
            if len(self.tasks) > MAX_TASKS:
                raise Unbuildable("a test has names for no more tasks")
            await asyncio.sleep(0)
            return None
        given = await self.settled(result, how, self.blocks, enter=name in ENTERING)
        if step[0].startswith(FUNCTION) and type(given) in (int, str):
            self.stage.gave.append(given)
        return given

    def _execute(self, text: str, names: "dict[str, Any]") -> None:
        """Run a statement; the receiver is what its name stands for afterwards."""
        exec(code_of(text, "exec"), self.stage.namespace, names)  # noqa: S102 - inside the jail, by design
        self.receiver = names["receiver"]

    def streams(self, name: str) -> bool:
        return inspect.isasyncgenfunction(getattr(type(self.receiver), name, None))

    # -- driving what was returned ------------------------------------------------------------------------------
    async def settled(
        self, result: Any, how: "list[str]", blocks: "list[contextlib.AsyncExitStack]", *, enter: bool = False
    ) -> Any:
        """What the result comes to when it is awaited, read to its end, or entered (`blocks` then leaves it).

        `how` tells what was done.
        """
        if inspect.iscoroutine(result) or (self.loop and not enter and inspect.isawaitable(result)):
            result = await self._awaited(result, how)
        if inspect.isasyncgen(result):
            how.append("collected")
            result = await self._awaited(collected(result), how)
        if _is_managed(result, contextlib.AbstractAsyncContextManager, enter) and self.loop:
            how.append("async with")
            return await _opened(blocks).enter_async_context(result)
        if _is_managed(result, contextlib.AbstractContextManager, enter):
            how.append("with")
            return _opened(blocks).enter_context(result)
        if isinstance(result, collections.abc.Iterator) and not isinstance(result, io.IOBase):
            return _drained(result, how)
        return result

    async def _awaited(self, result: Any, how: "list[str]") -> Any:
        how.append("await" if self.loop else "run")
        if self.loop:
            return await result
        return asyncio.run(result if inspect.iscoroutine(result) else _waiting_for(result))

    # -- the call -----------------------------------------------------------------------------------------------
    async def act(self) -> Any:
        """Make the call under test; its result, driven to its end."""
        names = {**self.values, "receiver": self.receiver}
        text = self.text(self.target.template)
        if self.target.name in LEAVING and self.target.bound:
            return await self._left()
        if self.is_statement():
            self._execute(text, names)
            return self.receiver if self.target.name in IN_PLACE else None
        result = eval(code_of(text), self.stage.namespace, names)  # noqa: S307 - inside the jail, by design
        if "sends" in self.case and inspect.isgenerator(result):
            self.wraps.append("sent")
            return sent_to(result, *map(self.stage.build, self.case["sends"]))
        enter = self.target.bound and self.target.name in ENTERING
        result = await self.settled(result, self.wraps, self.blocks if enter else self.own_blocks, enter=enter)
        if self.target.kind == "function" and is_descriptor(result) and self.case.get("then") is not None:
            self.wraps.append("read_twice")
            return read_twice(result)
        if self.case.get("then") is not None and self._is_for_calling(result):
            return await self.settled(self._called(result), self.wraps, self.own_blocks)
        return result

    def _is_for_calling(self, result: Any) -> bool:
        """Whether it is a function, or an object of the module that stands for one."""
        call = inspect.getattr_static(type(result), "__call__", None)
        own = isinstance(call, types.FunctionType) and call.__code__.co_filename == self.stage.module_file
        return own or isinstance(result, (types.FunctionType, types.MethodType, functools.partial))

    def _called(self, function: Any) -> Any:
        """What the returned function gives, or what it returns gives, after the calls that come before."""
        self.wraps.append("call")
        self.stage.returned.append(function)
        given = self.case["then"]
        if self.case.get("again") is not None:
            called = function(*map(self.stage.build, given))
            if not isinstance(called, types.FunctionType):
                return called
            self.wraps.append("again")
            self.stage.returned.append(called)
            function, given = called, self.case["again"]
        if self.case.get("uses") and not inspect.iscoroutinefunction(function):
            self._use(function)
        values = [*map(self.stage.build, given)]
        self._note_handed(function, values)
        self.called, self.held_before = function, held_by(function, self.stage.writer)
        return function(*values)

    def _note_handed(self, function: Any, values: "list[Any]") -> None:
        """What the returned function is called with, as it is before: what it changes in that is for a test to see."""
        is_function = isinstance(function, types.FunctionType)
        code = getattr(function if is_function else type(function).__call__, "__code__", None)
        names = code.co_varnames[: code.co_argcount] if code else ()
        self.handed_names = [*names[0 if is_function else 1 :]][: len(values)]
        handed = {f"t{place}": value for place, value in enumerate(values)}
        self.handed_before = given_objects.state_of(handed, self.stage.writer, self.stage.views)
        self.values.update(handed)

    def _use(self, function: Any) -> None:
        self.wraps.append("used")
        try:
            given = [function(*map(self.stage.build, arguments)) for arguments in self.case["uses"]]
        except STOPS:
            raise
        except BaseException as error:
            raise Unbuildable(type(error).__name__) from error
        unawaited = [one for one in given if inspect.iscoroutine(one)]
        for one in unawaited:
            one.close()
        if unawaited:
            raise Unbuildable("nobody awaits it")

    def is_statement(self) -> bool:
        return self.target.bound and (self.target.name in STATEMENTS or self.case.get("act") in ("set", "del"))

    def text(self, template: "str | None") -> str:
        """The call as code on the names of this run."""
        case = self.case
        if case.get("act") == "set":
            return f"receiver.{self.target.name} = a0"
        if case.get("act") == "del":
            return f"del receiver.{self.target.name}"
        texts = [f"a{place}" for place in range(len(case["arguments"]))]
        call = call_text(template, "receiver", texts, {name: f"k_{name}" for name in case["keywords"]})
        if "beside" not in case and "limit" not in case:
            return call
        if self.streams(self.target.name):
            self.wraps.append("streamed")
            call = f"collected({call})"
        if "limit" in case:
            return f"asyncio.wait_for({call}, {case['limit']})"
        return f"asyncio.gather({', '.join([call, *self.beside('receiver')])})"

    def beside(self, receiver: str) -> "list[str]":
        """The texts of the calls that run beside the one under test."""
        return [
            text_of(["with:" + step[0], *step[1:]], receiver, streamed=self.streams(step[0]), loop=True)
            for step in self.case["beside"]
        ]

    async def _left(self) -> None:
        """Enter the receiver, and leave it again, by an exception where the case has one."""
        error = self.values.get("a0")
        if self.target.name == "__aexit__":
            async with self.receiver:
                if error is not None:
                    raise error
            return
        with self.receiver:
            if error is not None:
                raise error

    # -- after the call -----------------------------------------------------------------------------------------
    async def follow(self) -> "tuple[Facts, list[list[str]]]":
        """What the calls after the one under test give, and how each was driven."""
        facts: Facts = {}
        hows = []
        for number, step in enumerate(self.case.get("after", ())):
            how: list[str] = []
            try:
                result = await self._taken(step, how)
            except STOPS:
                raise
            except BaseException as error:
                path = self.stage.announced(error, step[0])
                if path is None:
                    raise Unbuildable(type(error).__name__) from error
                facts[f"after:{number}:error"] = path
            else:
                facts[f"after:{number}"] = self.stage.writer.literal(result) or ""
            hows.append(how)
        return facts, hows

    async def outcomes(self) -> Facts:
        """What became of the tasks that steps started."""
        facts: Facts = {}
        for number, task in enumerate(self.tasks):
            clock = self.stage.effects.clock
            moved, now = clock.moved, clock.now
            await asyncio.wait([task], timeout=PATIENCE_SECONDS)
            if not task.done():
                clock.moved, clock.now = moved, now
                facts[f"task:{number}:done"] = "False"
            elif task.cancelled():
                facts[f"task:{number}:cancelled"] = "True"
            elif task.exception() is not None:
                facts[f"task:{number}:error"] = self.stage.writer.literal(type(task.exception())) or ""
            else:
                facts[f"task:{number}"] = self.stage.writer.literal(task.result()) or ""
        return facts

    async def leave_own(self) -> None:
        """Take the steps inside of the block that the call opened, and leave it, by an exception where there is one.

        Raises Unbuildable where it opened none.
        """
        if not self.own_blocks and {"inside", "thrown"} & self.case.keys():
            raise Unbuildable("it opens no block")
        for step in self.case.get("inside", ()):
            self.inside.append([])
            try:
                await self._taken(step, self.inside[-1])
            except Exception as error:
                raise Unbuildable(type(error).__name__) from error
            if {*NESTED} & {*self.inside[-1]}:
                raise Unbuildable("it opens a block inside of one")
        if "thrown" in self.case:
            self.thrown = self.stage.build(self.case["thrown"])
        for block in self.own_blocks:
            async with block:
                if self.thrown is not None:
                    raise self.thrown

    async def leave(self) -> None:
        """Leave the blocks that were entered before the call; raises Unbuildable where that fails."""
        try:
            for block in reversed(self.blocks):
                await block.aclose()
        except STOPS:
            raise
        except BaseException as error:
            raise Unbuildable(type(error).__name__) from error


def _opened(blocks: "list[contextlib.AsyncExitStack]") -> contextlib.AsyncExitStack:
    blocks.append(contextlib.AsyncExitStack())
    return blocks[-1]


async def _waiting_for(result: Any) -> Any:
    return await result


def _is_managed(result: Any, kind: type, enter: bool) -> bool:
    return isinstance(result, kind) and (enter or type(result).__module__ == "contextlib")


def _drained(result: Any, how: "list[str]") -> "list[Any]":
    how.append("list")
    drained = list(itertools.islice(result, MAX_DRAINED + 1))
    if len(drained) <= MAX_DRAINED:
        return drained
    how[-1] = "islice"
    return drained[:SHOWN_OF_ENDLESS]
