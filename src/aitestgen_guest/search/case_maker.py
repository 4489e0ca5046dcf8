"""Makes cases for one target, new ones and neighbours of those that are known."""

import inspect
import itertools
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.arguments import inputs, specs
from aitestgen_guest.arguments.callables import Callables, Choices
from aitestgen_guest.arguments.caught import asked_names, roles
from aitestgen_guest.arguments.parameters import Parameter, names_of
from aitestgen_guest.arguments.tables import FAILURES
from aitestgen_guest.calls.entries import copied
from aitestgen_guest.calls.sending import receivers
from aitestgen_guest.calls.steps import ADVANCE, FUNCTION, TO_DECORATE, Steps, insert
from aitestgen_guest.calls.templates import LEAVING, Target, opens_block
from aitestgen_guest.environment.effects import Effects
from aitestgen_guest.environment.surroundings import Surroundings
from aitestgen_guest.search.earlier import Earlier
from aitestgen_guest.search.echoes import RESEMBLING, Given, alike, echoed, share
from aitestgen_guest.search.histories import History, arguments_by_name
from aitestgen_guest.search.near import smallest
from aitestgen_guest.search.returned import Known, call_returned, send
from aitestgen_guest.shapes import Case, Expression, Observation

MAX_CALLS = 6
LOOKS = 4
OF_THE_CLASS = 0.2
INHERITED = 0.3
"""How often a method is called on an object of a class that inherits it."""
NEW_SENDS = 0.5
MANY_RESULTS = 20
"""After so many results that are no functions none is called any more."""
REMEMBERED = 0.4
"""How often a new case starts from a history of its class."""
RECALLED = 0.8
_COMPARING = (
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__add__", "__sub__", "__mul__", "__and__",
    "__or__", "__xor__", "__iadd__", "__isub__", "__matmul__",
)  # fmt: skip
_LIMITS = (1, 0.5, 60)


class CaseMaker:
    """Makes the cases of one target. `choices` tells which specs the last new case came from."""

    def __init__(self, target: Target, maker: inputs.Maker, callables: Callables, effects: Effects) -> None:
        self.target = target
        self.maker = maker
        self.random = maker.random
        self.callables = callables
        owner = target.owner if target.bound else target.id if target.kind in ("class", "dataclass") else ""
        self.steps = Steps(callables, owner, effects) if owner else None
        self.choices: Choices | None = None
        self.histories: list[History] = []
        self.earlier = Earlier([], callables, maker)
        self.returned: Known = []
        self._plain_results = 0
        self.opens_block = opens_block(callables.resolve(target.id))
        self.receives = target.id in receivers(effects.outside.source)
        self.surroundings = Surroundings(effects.outside, maker)
        callables.paths, callables.moments = self.surroundings.paths, effects.outside.times.read
        callables.asked = asked_names(effects.outside.source)
        callables.roles = roles(effects.outside.source)

    def learn(self, observation: Observation) -> None:
        """Whether it is worth to go on calling what is returned."""
        if "call" in observation.get("wraps", ()):
            self._plain_results = -(10**6)
        self._plain_results += observation["outcome"] == "returns"

    # -- new cases ----------------------------------------------------------------------------------------------
    def fresh(self) -> Case:
        """A case that owes nothing to another."""
        case: Case = {"target": self.target.id, "receiver": None, "calls": [], "arguments": [], "keywords": {}}
        case["then"] = None
        if self.steps is not None and self.steps.is_async:
            case["loop"] = self.target.bound or self.random.random() < 0.5
        if self.target.bound:
            self._begin(case)
        else:
            self.earlier.begin(case)
        self._fill(case)
        if case.get("loop") and self.target.bound:
            self._run_beside(case)
        self._refer(case)
        if self._plain_results < MANY_RESULTS and self.random.random() < 0.8:
            call_returned(case, self.maker, self.returned, decorates=not self.target.bound)
        if self.receives:
            send(case, self.maker)
        if self.opens_block:
            self._change_block(case)
        self.surroundings.surround(case)
        return case

    def _change_block(self, case: Case) -> None:
        """What happens in the block that the call opens: nothing, calls on the receiver, an exception at its end."""
        case.pop("inside", None)
        case.pop("thrown", None)
        if self.steps is not None and self.steps.methods and self.random.random() < 0.6:
            methods = [name for name in self.steps.methods if f"{self.target.owner}.{name}" != self.target.id]
            case["inside"] = [self._call_of(self.random.choice(methods)) for _ in range(self.random.choice((1, 1, 2)))]
        if self.random.random() < 0.6:
            case["thrown"] = ("text", self.random.choice(self.maker.caught or FAILURES))

    def _begin(self, case: Case) -> None:
        """An object, with a history or with steps at random."""
        if self.histories and self.random.random() < REMEMBERED:
            past = self.random.choice(self.histories)
            case.update(receiver=past.receiver, calls=copied(past.steps), past=past)
        else:
            case["receiver"] = self._receiver()
            self._take_steps(case)

    def _receiver(self) -> "Expression | None":
        """An object of the target's class, now and then of one that inherits the method: hooks may be open in it. What
        a descriptor gives is now and then asked for through the class.
        """
        if self.target.owner in self.callables.users and not self.target.sets and self.random.random() < OF_THE_CLASS:
            return ("text", self.target.owner)
        heirs = self.callables.kin(self.target.owner, self.target.name) if self.random.random() < INHERITED else []
        return self.callables.call(self.random.choice(heirs or [self.target.owner]), self.maker)

    def _refer(self, case: Case) -> None:
        """Mostly speak of what the steps before have dealt with."""
        if "past" in case:
            self._recall(case, case.pop("past"))
        elif (case["calls"] or "beside" in case) and self.random.random() < 0.6:
            self._reuse_arguments(case)
        if not self.target.bound:
            self.earlier.refer(case)

    def _recall(self, case: Case, past: History) -> None:
        """Mostly ask for what the history has dealt with."""
        seen = arguments_by_name(past.steps, self.steps) if self.steps is not None else {}
        for place, name in enumerate(names_of(self.parameters())[: len(case["arguments"])]):
            known = seen.get(name) or alike(seen, case["arguments"][place])
            if known and self.random.random() < (RECALLED if name in seen else RESEMBLING):
                case["arguments"][place] = self.random.choice(known)
            else:
                case["arguments"][place] = echoed(seen, case["arguments"][place], self.random)
        past.hand_back(case["arguments"], self.random)

    def _take_steps(self, case: Case) -> None:
        if self.steps is None or not self.steps.verbs or case["receiver"] is None:
            return
        for _ in range(self.random.choices((0, 1, 2, 3, 4), (40, 25, 18, 10, 7))[0]):
            self._add_step(case, len(case["calls"]))

    def _fill(self, case: Case) -> None:
        if self.target.kind == "property":
            self._act_on_attribute(case)
        parameters = self.parameters() if self.target.kind != "property" or case.get("act") == "set" else []
        arguments, keywords, self.choices = self.callables.arguments(parameters, self.maker)
        case["arguments"], case["keywords"] = arguments, keywords
        if self.target.name in LEAVING and self.random.random() < 0.5:
            case["arguments"] = []
        if self.target.bound and self.target.name in _COMPARING and arguments and self.random.random() < 0.6:
            other = (
                case["receiver"] if self.random.random() < 0.3 else self.callables.call(self.target.owner, self.maker)
            )
            case["arguments"] = [other or arguments[0]]

    def _act_on_attribute(self, case: Case) -> None:
        """Assign or delete the attribute, where it can be, instead of reading it."""
        if self.target.sets:
            case["act"] = "set"
            return
        if case["receiver"] is None or case["receiver"][0] == "text":
            return
        found = inspect.getattr_static(self.callables.resolve(self.target.owner), self.target.name, None)
        settable, deletable = getattr(found, "fset", None), getattr(found, "fdel", None)
        if settable and self.random.random() < 0.5:
            case["act"] = "set"
        elif deletable and self.random.random() < 0.5:
            case["act"] = "del"

    def _run_beside(self, case: Case) -> None:
        """Sometimes let other calls run at the same time, or give the call a limit."""
        awaited = self._awaited()
        if not awaited or not self._is_awaited() or self.random.random() < 0.6:
            return
        if self.random.random() < 0.3:
            case["limit"] = self.random.choice(_LIMITS)
            return
        case["beside"] = [self._call_of(self.random.choice(awaited)) for _ in range(self.random.choice((1, 1, 2)))]
        if self.random.random() < 0.4:
            case["beside"][0] = self._same_again(case) or case["beside"][0]

    def _is_awaited(self) -> bool:
        return self.steps is not None and self.target.name in self._awaited()

    def _awaited(self) -> "list[str]":
        if self.steps is None:
            return []
        return [name for name in self.steps.methods if self.steps.is_awaited(name) and not name.startswith("__")]

    def _same_again(self, case: Case) -> "list[Any] | None":
        return [self.target.name, *copied([case["arguments"], case["keywords"]])]

    def _call_of(self, method: str) -> "list[Any]":
        arguments, keywords, _ = self.callables.arguments(self._parameters_of(method), self.maker)
        return [method, arguments, keywords]

    def of_waiting(self, case: Case) -> "Iterator[Case]":
        """Cases in which what the case waits for in vain may come: other calls beside it, or a limit on its time."""
        if self.steps is None or not self._is_awaited() or "limit" in case:
            return
        plain = {name: part for name, part in case.items() if name != "beside"}
        yield {**plain, "limit": 1}
        others = [name for name in self._awaited() if name != self.target.name]
        for methods in [*([name] for name in self._awaited()), *([others] if len(others) > 1 else [])]:
            changed: Case = copied({**plain, "beside": list(map(self._call_of, methods))})
            self._reuse_arguments(changed)
            yield changed

    def looked_at(self, case: Case) -> "Iterator[Case]":
        """The case on other objects as well, with a look at the object by each of its methods after the call, which was
        called before it too: what a call changes inside often shows there only.
        """
        if self.steps is None or not self.target.bound or case["receiver"] is None or case.get("loop"):
            return
        methods = [name for name in self.steps.methods if name != self.target.name and not name.startswith("_")]
        receivers = [
            case["receiver"],
            smallest(case["receiver"]),
            *(self.callables.call(self.target.owner, self.maker) for _ in range(LOOKS)),
        ]
        for receiver, method in itertools.product(filter(None, receivers), methods):
            changed: Case = copied(
                {**case, "receiver": receiver, "calls": [*case["calls"][-1:], self._call_of(method)]}
            )
            self._reuse_arguments(changed, always=True)
            yield {**changed, "after": changed["calls"][-1:]}

    def with_pasts(self, case: Case) -> "Iterator[Case]":
        """The case on objects with each of the histories, and then with a look at the object by each of its methods."""
        if self.steps is None or case["receiver"] is None or case.get("loop"):
            return
        methods = [name for name in self.steps.methods if not name.startswith("_")]
        for past, method in itertools.product(self.histories, [None, *methods]):
            changed: Case = copied({**case, "receiver": past.receiver, "calls": past.steps})
            self._recall(changed, past)
            if method is not None:
                changed["after"] = [self._call_of(method)]
            yield changed

    # -- parameters ---------------------------------------------------------------------------------------------
    def parameters(self) -> "list[Parameter]":
        """The parameters of the target; of a property, those of its setter."""
        if self.target.bound and self.target.name == "__hash__":
            return [Parameter("other", "normal", [(("new", self.target.owner), 1.0)], None, optional=False)]
        if self.target.name in LEAVING:
            return self._parameters_of(self.target.name)
        if self.target.kind == "property" and not self.target.sets:
            return self.callables.parameters(f"{self.target.owner}.{self.target.name}")
        return self.callables.parameters(self.target.id if self.target.bound else self.target.called)

    def _parameters_of(self, verb: str) -> "list[Parameter]":
        if verb.startswith(FUNCTION):
            return self.callables.parameters(verb.removeprefix(FUNCTION))
        return self.steps.parameters(verb) if self.steps is not None else []

    def is_optional(self, name: str) -> bool:
        return any(parameter.name == name and parameter.optional for parameter in self.parameters())

    def _reuse_arguments(self, case: Case, *, always: bool = False) -> None:
        """Let the steps and the call share arguments."""
        steps = [*case["calls"], *case.get("beside", ())]
        calls = [Given(names_of(self._parameters_of(verb)), *given) for verb, *given in steps]
        if self.target.kind != "property":
            calls.append(Given(names_of(self.parameters()), case["arguments"], case["keywords"]))
        share(calls, self.random, always=always)

    # -- neighbours ---------------------------------------------------------------------------------------------
    def changed(self, case: Case, *, follow: bool = False) -> Case:
        """A neighbour: one argument, the receiver, the steps or what runs beside changed; or what follows."""
        case = copied(case)
        if self._plain_results >= MANY_RESULTS:
            case["then"] = None
            case.pop("uses", None)
        self.choices = None
        parts = ["arguments"] * len(case["arguments"]) + ["keywords"] * len(case["keywords"])
        if self.target.bound:
            parts += ["receiver", "calls", "calls"] if self._has_steps() else ["receiver"]
            parts += ["after"] * (1 + len(parts) // 2) if follow and self._has_steps() else []
            parts += ["block"] * (1 + len(parts)) if self.opens_block else []
        parts += ["earlier"] * (1 + len(parts)) if self.earlier.functions else []
        parts += ["beside"] if case.get("loop") and self._is_awaited() else []
        if case["then"] is not None and not parts:
            parts = ["then"]
        parts += ["sends"] * (2 + len(parts)) if self.receives else []
        parts += ["optional"] * len(self._left_out(case))
        parts += ["world"] * (1 + len(parts)) if self.surroundings.outside.varied else []
        if not parts or self.random.random() < 0.08:
            return self.fresh()
        getattr(self, "_change_" + self.random.choice(parts))(case)
        if self.random.random() < 0.25:
            getattr(self, "_change_" + self.random.choice(parts))(case)
        return case

    def _has_steps(self) -> bool:
        return self.steps is not None and bool(self.steps.verbs)

    def _change_arguments(self, case: Case) -> None:
        if case["arguments"]:
            place = self.random.randrange(len(case["arguments"]))
            parameters = [p for p in self.parameters() if p.kind in ("normal", "star")]
            spec = specs.ANY
            if parameters:
                parameter = parameters[min(place, len(parameters) - 1)]
                spec = parameter.specs[parameter.choose(self.random)]
            case["arguments"][place] = self.maker.change(case["arguments"][place], spec)

    def _change_keywords(self, case: Case) -> None:
        if not case["keywords"]:
            return
        name = self.random.choice(list(case["keywords"]))
        if self.random.random() < 0.15 and self.is_optional(name):
            del case["keywords"][name]
            return
        spec = next((p.specs[p.choose(self.random)] for p in self.parameters() if p.name == name), specs.ANY)
        case["keywords"][name] = self.maker.change(case["keywords"][name], spec)

    def _left_out(self, case: Case) -> "list[Parameter]":
        """The optional parameters to which the case gives nothing."""
        given = len(case["arguments"])
        places = [p for p in self.parameters() if p.kind in ("normal", "keyword")]
        return [p for place, p in enumerate(places) if p.optional and place >= given and p.name not in case["keywords"]]

    def _change_optional(self, case: Case) -> None:
        """Give one of them a value."""
        left_out = self._left_out(case)
        if left_out:
            parameter = self.random.choice(left_out)
            case["keywords"][parameter.name] = self.maker.make(parameter.specs[parameter.choose(self.random)])

    def _change_earlier(self, case: Case) -> None:
        self.earlier.change(case)

    def _change_receiver(self, case: Case) -> None:
        changed = case["receiver"] and self.maker.change(case["receiver"], ("new", self.target.owner))
        if changed and changed[0] != "many":  # what happens to a receiver are the steps of its case
            case["receiver"] = changed

    def _change_world(self, case: Case) -> None:
        self.surroundings.change(case)

    def _change_then(self, case: Case) -> None:
        call_returned(case, self.maker, self.returned, decorates=not self.target.bound)

    def _change_sends(self, case: Case) -> None:
        if not case.get("sends") or self.random.random() < NEW_SENDS:
            send(case, self.maker)
        else:
            place = self.random.randrange(len(case["sends"]))
            case["sends"][place] = self.maker.change(case["sends"][place], specs.ANY)

    def _change_calls(self, case: Case) -> None:
        roll = self.random.random()
        calls = case["calls"]
        if calls and roll < 0.3:
            calls.pop(self.random.randrange(len(calls)))
        elif calls and roll < 0.55:
            self._change_step(case, calls[self.random.randrange(len(calls))])
        elif calls and roll < 0.65 and len(calls) < MAX_CALLS:
            insert(calls, len(calls), copied(self.random.choice(calls)))
        elif len(calls) < MAX_CALLS and case["receiver"] is not None:
            self._add_step(case, self.random.randint(0, len(calls)))

    def _change_step(self, case: Case, step: "list[Any]") -> None:
        verb, arguments, _ = step
        if verb == ADVANCE and self.steps is not None:
            step[1] = [self.steps.span(self.maker, case)]
            return
        parameters = [p for p in self._parameters_of(verb) if p.kind == "normal"]
        more = TO_DECORATE if verb.startswith("then:") else specs.ANY
        for place in range(len(arguments)):
            spec = parameters[place].specs[0] if place < len(parameters) else more
            arguments[place] = self.maker.change(arguments[place], spec)

    def _add_step(self, case: Case, place: int) -> None:
        if self.steps is not None and case["receiver"][0] != "text":  # what a class is given replaces its descriptor
            step = self.steps.make(self.maker, case)
            if not step[0].startswith(("start:", "limit:", "run:")) or case.get("loop"):
                insert(case["calls"], place, step)
                if self.random.random() < 0.5:
                    self._reuse_arguments(case)

    def _change_beside(self, case: Case) -> None:
        for part in ("beside", "limit"):
            case.pop(part, None)
        self._run_beside(case)

    def _change_after(self, case: Case) -> None:
        """One call that follows, or none where there was one."""
        if case.pop("after", None) is None and self.steps is not None and self.steps.methods:
            case["after"] = [self._call_of(self.random.choice(self.steps.methods))]
            if case["arguments"] and case["after"][0][1] and self.random.random() < 0.5:
                case["after"][0][1][0] = case["arguments"][0]
