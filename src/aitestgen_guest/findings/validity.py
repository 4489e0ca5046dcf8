"""Whether a case's arguments are what the target asks for: as annotated, as its docstring shows, or as a guess says."""

import ast
import math
import re
from typing import Any

from aitestgen_guest.arguments import inputs, specs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.parameters import Parameter
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.findings.docstrings import PARAMETER, statements
from aitestgen_guest.shapes import Case, Description, Expression, Spec

INVALID, PLAUSIBLE, VALID = 0, 1, 2
_TYPED = re.compile(r":(?:type\s+(?P<a>\w+)\s*:\s*(?P<b>[^\n]+)|param\s+(?P<c>[\w.\[\]]+)\s+(?P<d>\w+)\s*:)")
_GOOGLE = re.compile(r"^\s*(?P<name>\w+)\s*\((?P<type>[^)]+)\)\s*:", re.MULTILINE)
_NUMPY = re.compile(r"^\s*(?P<name>\w+)\s:\s(?P<type>[\w\[\], ]+?)(?:, optional)?$", re.MULTILINE)


class Validity:
    """Judges cases of one module. `described` are its targets by id."""

    def __init__(self, stage: Stage, callables: Callables, described: "dict[str, Description]") -> None:
        self.stage = stage
        self.callables = callables
        self.described = described
        self._documented: dict[str, dict[str, list[Spec]]] = {}

    def of(self, target: Target, case: Case) -> int:
        """VALID where every argument surely fits, PLAUSIBLE where nothing says that one does not, else INVALID."""
        own = [] if target.kind == "property" else [("call", target.id, case["arguments"], case["keywords"])]
        return min([self.of_receiver(target, case), *(self.of_call(call) for call in own)])

    def of_receiver(self, target: Target, case: Case) -> int:
        """The same for what made the receiver and brought it into its state."""
        calls: list[Expression] = [("call", f"{target.owner}.{name}", a, k) for name, a, k in case["calls"]]
        if case["receiver"] is not None:
            calls.append(case["receiver"])
        return min([VALID, *map(self.of_call, calls)])

    def of_call(self, call: Expression) -> int:
        """The same for one call expression."""
        if call[0] != "call":
            return PLAUSIBLE
        try:
            parameters = self.callables.parameters(call[1])
        except (AttributeError, KeyError):
            return INVALID
        by_place = [item for item in parameters if item.kind == "normal"]
        by_name = {item.name: item for item in parameters}
        if len(call[2]) > len(by_place) or any(name not in by_name for name in call[3]):
            return INVALID
        pairs = [*zip(by_place, call[2]), *((by_name[name], item) for name, item in call[3].items())]  # noqa: B905 - the rest have defaults
        return min([VALID, *(self._of_argument(call[1], parameter, item) for parameter, item in pairs)])

    def _of_argument(self, path: str, parameter: Parameter, expression: Expression) -> int:
        own = expression[0] == "call" and not inputs.is_outside(expression)
        inner = self.of_call(expression) if own else VALID
        if inner == INVALID or (expression[0] in ("many", "pairs") and "iter(" in str(expression[1])):
            return INVALID
        try:
            value = self.stage.build(expression)
        except Exception:  # noqa: BLE001 - whatever a constructor raises makes the argument unusable
            return INVALID
        if not _is_ordinary(value):
            return INVALID
        return min(inner, self._of_value(path, parameter, value))

    def _of_value(self, path: str, parameter: Parameter, value: Any) -> int:
        if parameter.annotated is not None:
            listed = parameter.annotated[0] == "list" and not isinstance(value, list)
            return VALID if specs.fits(value, parameter.annotated) and not listed else INVALID
        known = self._specs(path).get(parameter.name)
        if known:
            return VALID if any(specs.fits(value, spec) for spec in known) else INVALID
        return PLAUSIBLE if specs.fits(value, parameter.specs[0], unknown=True) else INVALID

    def _specs(self, path: str) -> "dict[str, list[Spec]]":
        """What docstring and default show of each parameter's type."""
        if path not in self._documented:
            found = _documented(self.described.get(path) or {})
            self._documented[path] = found
        return self._documented[path]


def _is_ordinary(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, (list, tuple, set)) or all(map(_is_ordinary, value))


def _documented(description: Description) -> "dict[str, list[Spec]]":
    docstring = description.get("docstring", "")
    found: dict[str, list[Spec]] = {}
    for name, text in _type_texts(docstring):
        guessed = [specs.guess(part.strip()) for part in re.split(r"\bor\b|\|", text)]
        if all(guessed):
            found.setdefault(name, []).extend(item for item in guessed if item)
    for name, value in _shown_values(description):
        found.setdefault(name, []).append(spec_of(value))
    for parameter in description.get("parameters", ()) if found else ():
        if parameter["name"] in found and parameter.get("default"):
            found[parameter["name"]] += _of_default(parameter["default"])
    return found


def _of_default(text: str) -> "list[Spec]":
    try:
        return [spec_of(ast.literal_eval(text))]
    except (ValueError, SyntaxError):
        return []


def _type_texts(docstring: str) -> "list[tuple[str, str]]":
    found = [(m["a"], m["b"]) if m["a"] else (m["d"], m["c"]) for m in _TYPED.finditer(docstring)]
    names = {item.name for item in statements(docstring) if item.kind == PARAMETER}
    found += [(m["name"], m["type"]) for m in _GOOGLE.finditer(docstring) if m["name"] in names]
    return found + [(m["name"], m["type"]) for m in _NUMPY.finditer(docstring)]


def _shown_values(description: Description) -> "list[tuple[str, Any]]":
    """(parameter, value) of each literal that an example passes."""
    last = description.get("id", "").rpartition(".")[2]
    names = [item["name"] for item in description.get("parameters", ()) if item["kind"] in ("normal", "positional")]
    found: list[tuple[str, Any]] = []
    for call in _calls_in(description.get("examples", ()), last):
        pairs = [*zip(names, call.args), *((item.arg or "", item.value) for item in call.keywords)]  # noqa: B905 - the rest have defaults
        found += [(name, value) for name, node in pairs if (value := _literal(node)) is not _NONE]
    return found


_NONE: Any = object()


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return _NONE


def _calls_in(examples: Any, last: str) -> "list[ast.Call]":
    found: list[ast.Call] = []
    for example in examples:
        source = "\n".join(line[4:] for line in example.splitlines() if line.startswith((">>> ", "... ")))
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        found += [node for node in calls if ast.unparse(node.func).rpartition(".")[2] == last]
    return found


def spec_of(value: Any) -> Spec:
    """The spec of values like this one."""
    if isinstance(value, (list, set, frozenset, tuple)):
        kind = "list" if isinstance(value, list) else "tuple*" if isinstance(value, tuple) else "set"
        inside = tuple(dict.fromkeys(map(spec_of, value)))
        return (kind, ("union", inside) if inside else specs.ANY)
    if isinstance(value, dict):
        keys, items = (tuple(dict.fromkeys(map(spec_of, part))) for part in (value, value.values()))
        return ("dict", ("union", keys), ("union", items)) if value else ("dict", specs.ANY, specs.ANY)
    name = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes", type(None): "none"}.get(type(value))
    return (name,) if name else specs.ANY
