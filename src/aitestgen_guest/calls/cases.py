"""Cases: a call with its receiver and arguments, run once, and what a test could see of it.

A case is JSON: `target`, `receiver` (an expression or None), `calls` (earlier steps, see steps.py), `arguments`,
`keywords`, and `then` (arguments for a call of the returned callable, or None). It may have more: `again` (arguments
for a call of what that returned, as where a decorator takes arguments), `uses` (arguments for calls of the same that
come before, each), `sends` (what is sent to the generator), `loop` (everything runs on one event loop),
`act` (`set` or `del` of the attribute under test), `beside` (calls that run at the same time), `limit` (seconds after
which the call is given up), `after` (calls that follow, a second look at the outcome), `inside` (steps in the block
that the call opens) and `thrown` (an exception that is raised at its end).
An observation is JSON too: see `Stage.observe`.
"""

import asyncio
import contextlib
import io
import traceback
from functools import partial
from itertools import pairwise
from types import FrameType
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls import given_objects
from aitestgen_guest.calls.caches import Caches
from aitestgen_guest.calls.equality import tells
from aitestgen_guest.calls.given_functions import NEVER, GivenFunctions
from aitestgen_guest.calls.held import held_by
from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.calls.module_state import ModuleState
from aitestgen_guest.calls.oracle import PROTOCOL
from aitestgen_guest.calls.scenes import STOPS, Scene, Unbuildable, completed
from aitestgen_guest.calls.templates import SEEN_BY_TEXT, Target, code_of
from aitestgen_guest.calls.views import TEXT_VIEWS, Disturbed, Views
from aitestgen_guest.environment import reaching
from aitestgen_guest.environment.effects import CLOCK, Effects
from aitestgen_guest.environment.folders import path_text
from aitestgen_guest.environment.mentions import has_threads
from aitestgen_guest.environment.virtual_time import Deadlock
from aitestgen_guest.processes.time_limit import within
from aitestgen_guest.shapes import Case, Expression, Facts, Namespace, Observation
from aitestgen_guest.tracing.probes import Recorder

WALL_SECONDS = 0.25
PATIENT_SECONDS = 2.0
PATIENT_STEPS = 5_000_000
MAX_OUTPUT = 2000
_CLOCK_ARGUMENT = f"'text', '{CLOCK}'"
_TEXT_LABELS = ("result:str({})", "result:repr({})")


class Output(io.StringIO):
    """Standard output that keeps its first part only."""

    def write(self, text: str) -> int:
        return super().write(text) if self.tell() < MAX_OUTPUT else len(text)


class Stage:
    """Where cases run: one loaded copy of the module. Standard output is caught, clock and chance are held still."""

    def __init__(
        self, namespace: Namespace, writer: Writer, recorder: Recorder, file: str, effects: Effects, state: ModuleState
    ) -> None:
        self.effects = effects
        self.state = state
        self.caches = Caches(state.module)
        self.wall_seconds = WALL_SECONDS
        self.looks_before = True
        """Whether objects are looked at before the call, too: what is `shown` of them is what has changed."""
        self.namespace = namespace
        self.writer = writer
        self.recorder = recorder
        self.module_file = file
        self.raise_lines: frozenset[int] | set[int] = frozenset()
        self.pass_on_lines: frozenset[int] | set[int] = frozenset()
        self.examined: frozenset[str] = frozenset()
        """Names of parameters whose type the module looks at: for these, values of other types are worth a test."""
        self.views = Views(namespace, writer, file.rpartition("/")[0])
        self.given = GivenFunctions(namespace, in_any_order=has_threads(effects.outside.source))
        self.gave: list[int | str] = []
        """Numbers and texts that the last case's earlier calls of functions gave."""
        self.fickle: set[str] = set()
        """Labels of what shows itself otherwise each time: they are left out."""
        self.returned: list[Any] = []
        """The functions that the last case was given and has called: what was returned, and what that returned."""
        self._touched: list[str] = []
        self._held: Facts = {}
        """What the module's own variables held before the last call, as far as earlier calls had changed them."""
        if effects.outside.active:
            namespace.update(tmp_path=effects.outside.tmp_path, io=io)
            writer.folder = effects.outside.folder
        if effects.passes and CLOCK not in namespace:
            namespace[CLOCK] = effects.clock

    def be_patient(self) -> None:
        """Give each call from now on much longer, by the time that it runs and by the steps that it takes."""
        self.wall_seconds, self.recorder.limit = PATIENT_SECONDS, PATIENT_STEPS

    def build(self, expression: Expression) -> Any:
        return eval(code_of(inputs.source(expression)), self.namespace)  # noqa: S307 - inside the jail, by design

    def overlook(self, labels: "set[str]") -> None:
        """Tell no more of what shows itself otherwise each time."""
        self.fickle |= labels
        self.views.fickle |= {label.rpartition(":")[2] for label in labels}

    def observe(self, target: Target, case: Case) -> Observation:
        """Run the case; what a test could see of it.

        `outcome` is `returns`, `raises`, `cut` (too long), `waits` (for what never comes) or `unbuildable`. `facts`
        maps labels to source text: `result`, `result:{}.x` (views of a returned object), `error`, `message`, `output`,
        `receiver:{}.x`, `argument:name`, `argument:name:{}.x`, `warning` and `warned` (its text), `clock` (after
        waiting), `after:0` (what a following call gave), `task:0` (what a started task gave), `calls:0` (how a given
        function was called), `module:home.x` (what a variable of the module holds that was changed), `logged`
        (messages).
        `shown` lists the labels that a test asserts unless it needs more; `wraps` says how the result was driven:
        `await` or `run` (a coroutine), `list` or `islice` (an iterator), `collected` (an async one), `sent` (a
        generator, to which something is sent), `call` (a callable), `again` (what that returned), `used` (not for the
        first time), `read_twice` (a descriptor, as an attribute), `with` or `async with`; `driven` says the same of
        each earlier step, `followed` of the later ones.
        `effects` are lines that the test needs to hold clock and chance still, and to keep what the call changes in the
        module's own variables to itself; where it needs any, also those that empty the caches that the call fills.
        `by_chance`: it drew on chance that nothing holds still.
        """
        outside, reached = self.effects.outside, reaching.attempts()
        with self.effects.holding(), outside.around(case), contextlib.redirect_stdout(Output()) as output:
            observe = partial(self._run, target, case, output)
            observation = within(self.wall_seconds, observe, {"outcome": "cut"})
        if reaching.attempts() != reached:
            observation = {"outcome": "unbuildable", "error": "it reaches for the network"}
        names_clock = self.effects.passes and _CLOCK_ARGUMENT in str(case)
        lines = [*outside.lines(), *self.effects.lines(names_clock=names_clock)]
        changed = self.state.changed()
        if "facts" in observation:
            self._note_state(observation, changed)
        self.state.undo(changed)
        effects = [*lines, *self.state.lines(changed)]
        if effects:
            effects += self.caches.lines()
        if self.fickle and "facts" in observation:
            self._overlook_fickle(observation)
        return {**observation, "effects": effects, "by_chance": self.effects.unseeded}

    def _overlook_fickle(self, observation: Observation) -> None:
        facts, shown = observation["facts"], observation["shown"]
        observation["facts"] = {label: text for label, text in facts.items() if label not in self.fickle}
        observation["shown"] = [label for label in shown if label not in self.fickle]

    def _run(self, target: Target, case: Case, output: io.StringIO, before: "Facts | None" = None) -> Observation:
        scene = Scene(self, target, case)
        self.given.forget()
        self.caches.forget()
        self.gave, self.returned, self._touched, self._held = [], [], [], {}
        try:
            if not scene.loop:
                return completed(self._observed(scene, output, before))
            scene.in_loops_of_their_own()
            return asyncio.run(self._observed(scene, output, before))
        except Disturbed as error:
            self.effects.rewind()
            self.effects.outside.rewind()
            return self._run(target, case, output, before if error.seen is None else error.seen)
        except Unbuildable as error:
            return {"outcome": "unbuildable", "error": str(error)}
        except Deadlock:
            return {"outcome": "waits"}
        except asyncio.CancelledError:
            return {"outcome": "unbuildable", "error": "CancelledError"}
        except Exception as error:
            if not _is_from_outside(error):
                raise
            return {"outcome": "unbuildable", "error": f"{type(error).__name__}: looking at it fails"}

    async def _observed(self, scene: Scene, output: io.StringIO, before: "Facts | None") -> Observation:
        await scene.prepare()
        if scene.case["calls"]:
            self._touched = self.state.changed()
            self._held = self.state.facts(self._touched, self.writer)
        target, case, receiver, values = scene.target, scene.case, scene.receiver, scene.values
        looked_at = target.bound and "after" not in scene.case  # what follows is to meet it untouched
        if before is None:
            before = self.views.undisturbed(receiver) if looked_at and self.looks_before else {}
        given_before = given_objects.state_of(values, self.writer, self.views) if self.looks_before else {}
        called_before = self.given.facts(case, receiver, self.writer) if self.looks_before else {}
        output.truncate(output.seek(0))
        self.recorder.reset()
        self.effects.outside.begin()
        started = self.effects.begin()
        observation = await self._acted(scene)
        facts = observation["facts"]
        facts.update(self.effects.facts(started))
        shown = [label for label in facts if label not in _TEXT_LABELS or target.name in SEEN_BY_TEXT]
        observation.update(wraps=scene.wraps, driven=scene.driven, inside=scene.inside, shown=shown, followed=[])
        observation["handed"] = scene.handed_names
        if "beside" in scene.case:
            observation["beside"] = scene.beside("{self}")
        self._after(
            observation, scene.receiver if looked_at else None, before, values, {**given_before, **scene.handed_before}
        )
        self._note_given(observation, scene, called_before)
        if scene.tasks or "after" in scene.case:
            await self._aftermath(scene, observation)
        _note_output(observation, output.getvalue(), self.writer)
        self._note_outside(observation)
        if scene.blocks:
            await scene.leave()
        return observation

    def _note_given(self, observation: Observation, scene: Scene, before: Facts) -> None:
        """How given functions were called, shown of those that the call under test has called."""
        given = self.given.facts(scene.case, scene.receiver, self.writer)
        observation["facts"].update(given)
        called = [label for label, text in given.items() if text not in (NEVER, before.get(label))]
        observation["shown"] += called
        self._note_held(observation, scene)

    def _note_held(self, observation: Observation, scene: Scene) -> None:
        """What attributes of the returned function hold after its call, shown where that has changed."""
        for name, text in held_by(scene.called, self.writer).items():
            observation["facts"][f"function:{name}"] = text
            observation["shown"] += [f"function:{name}"] if scene.held_before.get(name) != text else []

    def _note_state(self, observation: Observation, changed: "list[str]") -> None:
        """What the module's own variables hold: what the call changed is shown where it gives nothing else to see."""
        found = self.state.facts(list(dict.fromkeys([*self._touched, *changed])), self.writer)
        observation["facts"].update(found)
        if observation["facts"].get("result") == "None":
            observation["shown"] += [label for label, text in found.items() if self._held.get(label) != text]

    def _note_outside(self, observation: Observation) -> None:
        """What the call left behind outside of the process."""
        found = self.effects.outside.facts(self.writer.literal)
        silent = observation["facts"].get("result") == "None"
        observation["facts"].update(found)
        hidden = ("errors",) if silent else ("errors", "logged")
        observation["shown"] += [label for label in found if label not in hidden]

    async def _acted(self, scene: Scene) -> Observation:
        """Make the call under test; `outcome` and `facts` of it."""
        facts: Facts = {}
        try:
            result = await scene.act()
            self._describe(result, scene.receiver, scene.target, facts)
            await scene.leave_own()
        except (*STOPS, Unbuildable):
            raise
        except BaseException as error:  # noqa: BLE001 - any exception of the module under test is an observation
            observation = self._raised(error)
            given = (scene.values.get("a0"), scene.thrown)  # compared by identity: arrays have no single truth
            is_thrown = any(error is one for one in given) or self.given.raised(error)
            observation["announced"] |= is_thrown or ("limit" in scene.case and _is_timeout(error))
            return observation
        return {"outcome": "returns", "facts": facts}

    async def _aftermath(self, scene: Scene, observation: Observation) -> None:
        started = self.effects.begin()
        facts = await scene.outcomes()
        if scene.tasks:
            facts.update({f"task:{label}": text for label, text in self.effects.facts(started).items()})
        hits = dict(self.recorder.hits)
        followed, observation["followed"] = await scene.follow()
        self.recorder.hits = hits  # what follows is there to look at the outcome, not to reach more
        for label, text in {**facts, **followed}.items():
            observation["facts"][label] = text
            observation["shown"].append(label)

    def announced(self, error: BaseException, method: str) -> "str | None":
        """The name of an exception that a test may expect of a step, because the module or Python announces it."""
        seen = self._raised(error)
        name = seen["facts"]["error"]
        expected = seen["announced"] or method in PROTOCOL.get(name, ()) or _is_timeout(error)
        return str(name) if seen["nameable"] and expected else None

    def _raised(self, error: BaseException) -> Observation:
        walked = [*traceback.walk_tb(error.__traceback__)]
        frames = [(frame.f_code.co_filename, line or 0) for frame, line in walked]
        frames = [place for place in frames if not place[0].startswith(("<case>", _OWN_FOLDER))]
        file, line = frames[-1] if frames else (None, 0)
        own = [own_line for own_file, own_line in frames if own_file == self.module_file]
        here = file == self.module_file
        message = self.effects.outside.message(error)
        path = self.writer.literal(type(error))
        return {
            "outcome": "raises",
            "facts": {"error": path or type(error).__name__, "message": repr(message)},
            "nameable": path is not None,
            "announced": (here and line in self.raise_lines)
            or self._is_passed_on(walked)
            or self.effects.outside.expects(error, file or ""),
            "elsewhere": file is not None and not here,
            "line": own[-1] if own else 0,
            "reached": bool(own),
        }

    def _is_passed_on(self, walked: "list[tuple[FrameType, int]]") -> bool:
        """Whether a function of the module caught it and raised it by its name: it is there twice in a row."""
        return any(
            frame is then and line in self.pass_on_lines and frame.f_code.co_filename == self.module_file
            for (frame, line), (then, _) in pairwise(walked)
        )

    def _describe(self, result: Any, receiver: Any, target: Target, facts: Facts) -> None:
        if target.bound and result is receiver and result is not None:
            facts["result"] = "{self}"
            return
        text = self.writer.literal(result)
        if text is not None:
            facts["result"] = text
            return
        facts["result:type"] = self.writer.literal(type(result)) or ""
        for view, value in self.views.of(result).items():
            facts[f"result:{view}"] = value

    def _after(
        self,
        observation: Observation,
        receiver: Any,
        before: Facts,
        values: "dict[str, Any]",
        given_before: Facts,
    ) -> None:
        facts = observation["facts"]
        for view, value in self.views.of(receiver).items() if receiver is not None else ():
            label = f"receiver:{view}"
            facts[label] = value
            if before.get(view) != value and view not in TEXT_VIEWS:
                observation["shown"].append(label)
        hits = dict(self.recorder.hits)
        given = given_objects.state_of(values, self.writer, self.views)
        self.recorder.hits = hits  # what was run to look at them is not what the call reaches
        facts.update(given)
        changed = [label for label, text in given.items() if given_before.get(label) != text]
        observation["shown"] += [label for label in changed if given_objects.view_of(label) not in TEXT_VIEWS]


def _is_from_outside(error: BaseException) -> bool:
    """Whether code that is not ours raised it: a proxy that was looked at, an exception that has no text."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return not frame.f_code.co_filename.startswith(_OWN_FOLDER)


def _note_output(observation: Observation, text: str, writer: Writer) -> None:
    """Unless it was too long to be kept whole, or is too long to be read in a test."""
    told = path_text(text, writer.folder) or repr(text)
    if len(told) <= MAX_OUTPUT:
        observation["facts"]["output"] = told
        observation["shown"] += ["output"] if text else []


def _is_timeout(error: BaseException) -> bool:
    return isinstance(error, (TimeoutError, asyncio.TimeoutError))


_OWN_FOLDER = __file__.rpartition("/calls/")[0]


def differs(base: Observation, other: Observation) -> "list[str]":
    """The labels by which a test of `base` would tell the other, the ones shown anyway first."""
    if base["outcome"] != other["outcome"]:
        return ["outcome"]
    found = [label for label, text in base["facts"].items() if tells(text, other["facts"].get(label))]
    shown = set(base["shown"])
    return sorted(found, key=lambda label: label not in shown)


def is_slow(observation: Observation) -> bool:
    """Whether it ran into the time limit or into the bottom of the stack."""
    return bool(observation["outcome"] == "cut") or observation.get("facts", {}).get("error") == "RecursionError"
