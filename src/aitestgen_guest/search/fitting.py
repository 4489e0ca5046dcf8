"""How well the arguments of a case fit what the callables ask for."""

from aitestgen_guest.arguments import inputs, specs
from aitestgen_guest.arguments.callables import Callables, Parameter
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.steps import method_arguments
from aitestgen_guest.calls.templates import LEAVING, Target
from aitestgen_guest.shapes import Case, Expression, Observation

OTHER_CLASS = 6


class Fitting:
    """Judges the cases of one target."""

    def __init__(self, target: Target, stage: Stage, callables: Callables) -> None:
        self.target = target
        self.stage = stage
        self.callables = callables
        self._own_makers = {target.owner, *callables.factories.get(target.owner, ())}

    def fits(self, case: Case, observation: Observation) -> bool:
        """Whether every argument, the receiver's and earlier calls' too, surely fits its annotation."""
        if observation["outcome"] != "raises":
            return False
        calls = self._calls(case)
        return None not in calls and all(self._call_fits(call) for call in calls if call)

    def _call_fits(self, call: Expression) -> bool:
        if call[0] != "call":
            return False
        by_name = {p.name: p for p in self.callables.parameters(call[1])}
        positional = [p for p in by_name.values() if p.kind == "normal"]
        if len(call[2]) > len(positional):
            return False
        pairs = [
            *zip(positional, call[2], strict=False),
            *((by_name.get(name), item) for name, item in call[3].items()),
        ]
        return all(
            p is not None and p.annotated is not None and self._argument_fits(p, expression) for p, expression in pairs
        )

    def _argument_fits(self, parameter: Parameter, expression: Expression) -> bool:
        if expression[0] == "call" and not inputs.is_outside(expression) and not self._call_fits(expression):
            return False
        return expression[0] not in ("many", "pairs") and specs.fits(
            self.stage.build(expression), parameter.annotated or specs.ANY
        )

    def oddness(self, case: Case) -> int:
        """Points for each argument that is not of the kind that its parameter seems to want."""
        receiver = case["receiver"]
        other_class = receiver is not None and receiver[0] == "call" and receiver[1] not in self._own_makers
        points = sum(self._odd_arguments(call) for call in self._calls(case) if call and call[0] == "call")
        return points + (OTHER_CLASS if other_class else 0)

    def _calls(self, case: Case) -> "list[Expression | None]":
        """The case's calls as expressions, the receiver's first; None for a step that is no call of the module."""
        calls: list[Expression | None] = [case["receiver"]] if case["receiver"] is not None else []
        steps = [*case["calls"], *case.get("beside", ()), *case.get("after", ())]
        calls += [
            ("call", self._path(step[0].rpartition(":")[2]), method_arguments(step), step[2])
            for step in steps
            if step[0] != "advance"
        ]
        if self.target.name in (*LEAVING, "__hash__"):
            return [*calls, None]
        if self.target.kind != "property" or case.get("act") == "set":
            calls.append(("call", self.target.id, case["arguments"], case["keywords"]))
        return calls

    def _path(self, name: str) -> str:
        return f"{self.target.owner}.{name}"

    def _odd_arguments(self, call: Expression) -> int:
        by_name = {p.name: p for p in self.callables.parameters(call[1])}
        positional = [p for p in by_name.values() if p.kind == "normal"]
        pairs = [
            *zip(positional, call[2], strict=False),
            *((by_name.get(name), item) for name, item in call[3].items()),
        ]
        points = 0
        for parameter, expression in pairs:
            if expression[0] == "call":
                points += self._odd_arguments(expression)
            elif expression[0] == "data" and parameter is not None:
                value = self.stage.build(expression)
                points += 0 if specs.fits(value, parameter.specs[0], unknown=True) else 25
                points += 2 if isinstance(value, str) and not value.isprintable() else 0
                points += 3 if isinstance(value, str) and (not value.strip() or value.strip("-. ").isdigit()) else 0
        return points
