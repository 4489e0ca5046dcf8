"""A law and a call as a program: run here to see whether the law is broken, and written down for everybody to run."""

import builtins
import contextlib
import inspect
import io
import math
import re
import reprlib
from dataclasses import dataclass
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.calls.cases import Stage
from aitestgen_guest.calls.entries import is_simple
from aitestgen_guest.calls.scenes import STOPS
from aitestgen_guest.calls.templates import Target, call_text
from aitestgen_guest.findings.laws import Law
from aitestgen_guest.processes.time_limit import within
from aitestgen_guest.shapes import Case, Description

HOLDS, BROKEN, SILENT, CUT = "holds", "broken", "silent", "cut"
MAX_SHOWN = 300
MAX_INLINED = 40
_CALL = re.compile(r"\{call(?::(?P<changes>[^{}]*))?\}")
_RESERVED = frozenset({"result", "first", "second", "subject", "item"})
_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = 200
_repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxdict = 20


@dataclass(frozen=True)
class Program:
    """`prefix` statements, then `call` (`result` is what it gives), then `test`; see Law for the rest."""

    prefix: "tuple[str, ...]"
    call: str
    test: str
    guard: str = "True"
    raises: str = ""
    shows: str = "result"
    broken_by: str = "false"

    def lines(self) -> "tuple[str, ...]":
        """The program as statements that fail where the law is broken; what is named but used once is written there."""
        return _inlined(self.prefix, self._rest())

    def _rest(self) -> "tuple[str, ...]":
        if self.raises:
            return (f"with pytest.raises({self.raises}):", f"    {self.call}")
        if not self.call:
            return (f"assert {self.test}",)
        uses = len(re.findall(r"\bresult\b", self.test))
        if not uses:
            return (self.call, f"assert {self.test}")
        if uses == 1 and not re.search(r"\bfor\b|\blambda\b", self.test):
            return (f"assert {_put(self.test, 'result', self.call)}",)
        return (f"result = {self.call}", f"assert {self.test}")

    @property
    def size(self) -> int:
        return sum(map(len, self.lines()))


@dataclass(frozen=True)
class Suspicion:
    """A broken law with a small program that breaks it. `about` are targets whose results are in doubt."""

    law: Law
    program: Program
    observed: str
    about: "tuple[str, ...]" = ()


@dataclass(frozen=True)
class Outcome:
    """What running a program showed."""

    state: str
    observed: str = ""


def _put(text: str, name: str, value: str) -> str:
    return re.sub(rf"\b{name}\b", lambda _: value, text)


_BINDING = re.compile(r"(?P<name>[a-z_]\w*) = (?P<text>.+)", re.DOTALL)


def _inlined(prefix: "tuple[str, ...]", rest: "tuple[str, ...]") -> "tuple[str, ...]":
    lines = [*prefix, *rest]
    for line in prefix:
        match = _BINDING.fullmatch(line)
        others = [other for other in lines if other is not line]
        if match and len(match["text"]) < MAX_INLINED and _is_used_once(match["name"], others):
            lines = [_put(other, match["name"], match["text"]) for other in others]
    return tuple(lines)


def _is_used_once(name: str, lines: "list[str]") -> bool:
    """Whether the name stands in the lines once, and not as a keyword."""
    text = "\n".join(lines)
    return len(re.findall(rf"\b{name}\b", text)) == 1 and not re.search(rf"\b{name}\s?=(?!=)", text)


def receiver_name(target: Target) -> str:
    """The class's name as a variable, or another where that is the class's own."""
    owner = target.owner.rpartition(".")[2]
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", owner).strip("_").lower()
    return name if name not in {"", owner} else "subject"


def program(law: Law, target: Target, description: Description, case: Case) -> "Program | None":
    """The program that tries the law on the case's call; None where it cannot be written."""
    whole = " ".join((law.test, law.guard, law.shows, law.call))
    bound = _arguments(description, case)
    if target.template is None or bound is None or not is_simple(case):
        return None
    names = {name: text for name, text in bound.items() if re.search(rf"\b{re.escape(name)}\b", whole)}
    receiver = receiver_name(target)
    if _clashes(names, target, receiver, whole):
        return None
    prefix = [*receiver_lines(case, receiver), *(f"{name} = {text}" for name, text in names.items())]
    defaults = {item["name"]: item["default"] for item in description["parameters"] if item.get("default")}
    for name, text in defaults.items():
        if name not in bound and re.search(rf"\b{re.escape(name)}\b", whole):
            prefix.append(f"{name} = {text}")
    written = _Calls(target, description, receiver, {**bound, **{name: name for name in names}})

    def filled(text: str) -> str:
        text = text.replace("{self}", receiver).replace("{target}", target.id)
        text = _CALL.sub(lambda match: written.with_changes(match["changes"] or ""), text)
        return re.sub(r"\$(\w+)", lambda match: bound.get(match[1], match[1]), text)

    try:
        return Program(
            tuple(prefix),
            filled(law.call),
            filled(law.test),
            filled(law.guard),
            law.raises,
            filled(law.shows),
            law.broken_by,
        )
    except (ValueError, IndexError):
        return None


def receiver_lines(case: Case, receiver: str) -> "list[str]":
    """The statements that make the receiver and bring it into the state of the case."""
    if case["receiver"] is None:
        return []
    lines = [f"{receiver} = {inputs.source(case['receiver'])}"]
    for method, arguments, keywords in case["calls"]:
        template = Target({"id": f"X.{method}", "kind": "method", "owner": "X"}).template
        texts = [inputs.source(item) for item in arguments]
        lines.append(call_text(template, receiver, texts, {k: inputs.source(v) for k, v in keywords.items()}))
    return lines


def _arguments(description: Description, case: Case) -> "dict[str, str] | None":
    """The source text of each argument by the name of its parameter; None where there are more than names."""
    plain = [item["name"] for item in description["parameters"] if item["kind"] in ("normal", "positional")]
    if len(case["arguments"]) > len(plain):
        return None
    by_place = {name: inputs.source(item) for name, item in zip(plain, case["arguments"])}  # noqa: B905 - the rest have defaults
    return {**by_place, **{name: inputs.source(item) for name, item in case["keywords"].items()}}


def _clashes(names: "dict[str, str]", target: Target, receiver: str, whole: str) -> bool:
    """Whether an argument's name would hide another name that the program needs."""
    used = {target.id.partition(".")[0], *re.findall(r"\b(\w+)\(", whole)}
    if target.bound:
        used.add(receiver)
    return any(name in used or name in _RESERVED for name in names)


class _Calls:
    """Writes the target's call with its arguments, some of them changed."""

    def __init__(self, target: Target, description: Description, receiver: str, arguments: "dict[str, str]") -> None:
        self.target, self.receiver, self.arguments = target, receiver, arguments
        self.places = [
            item["name"]
            for item in description["parameters"]
            if item["kind"] == "normal" or item["kind"] == "positional"
        ]
        self.driven = (
            "asyncio.run({})" if description["is_async"] else "list({})" if description["is_generator"] else "{}"
        )

    def with_changes(self, changes: str) -> str:
        texts = dict(self.arguments)
        for change in filter(None, changes.split("|")):
            name, _, text = change.partition("=")
            texts[name] = text
        by_place: list[str] = []
        for name in self.places:
            if name not in texts:
                break
            by_place.append(texts.pop(name))
        return self.driven.replace("{}", call_text(self.target.expression, self.receiver, by_place, texts))


def run(one: Program, stage: Stage) -> Outcome:
    """Whether the program breaks its law, in the stage's namespace, where outside of the process nothing is."""
    outside = stage.effects.outside
    with stage.effects.holding(), outside.around({}), contextlib.redirect_stdout(io.StringIO()):
        stage.recorder.reset()
        return within(stage.wall_seconds, lambda: _guarded(one, stage), Outcome(CUT))


def _guarded(one: Program, stage: Stage) -> Outcome:
    names: dict[str, Any] = {**stage.namespace, "math": math, "inspect": inspect}
    try:
        return _run(one, names)
    except STOPS:
        raise
    except BaseException:  # noqa: BLE001 - code under test, which may exit: a law is broken by its test only
        return Outcome(SILENT)


def _run(one: Program, names: "dict[str, Any]") -> Outcome:
    for line in one.prefix:
        exec(compile(line, "<program>", "exec"), names)  # noqa: S102 - inside the jail, by design
    if one.raises:
        return _expecting(one, names)
    if one.call:
        names["result"] = _called(one.call, names)
    if not eval(compile(one.guard, "<program>", "eval"), names):  # noqa: S307 - inside the jail, by design
        return Outcome(SILENT)
    try:
        fine = bool(eval(compile(one.test, "<program>", "eval"), names))  # noqa: S307 - inside the jail, by design
    except Exception as error:
        if one.broken_by == "false":
            raise
        return Outcome(BROKEN, f"{type(error).__name__}: {error}"[:MAX_SHOWN])
    if fine or one.broken_by == "error":
        return Outcome(HOLDS)
    return Outcome(BROKEN, _shown(one.shows, names))


def _called(text: str, names: "dict[str, Any]") -> Any:
    try:
        code = compile(text, "<program>", "eval")
    except SyntaxError:  # a statement, as `del box[0]`
        exec(compile(text, "<program>", "exec"), names)  # noqa: S102 - inside the jail, by design
        return None
    return eval(code, names)  # noqa: S307 - inside the jail, by design


def _expecting(one: Program, names: "dict[str, Any]") -> Outcome:
    """Broken where the call returns although it had to raise; another exception than that one says nothing."""
    wanted = names.get(one.raises, getattr(builtins, one.raises, None))
    if not (isinstance(wanted, type) and issubclass(wanted, BaseException)):
        return Outcome(SILENT)
    if not eval(one.guard, names):  # noqa: S307 - inside the jail, by design
        return Outcome(SILENT)
    try:
        result = eval(one.call, names)  # noqa: S307 - inside the jail, by design
    except wanted:
        return Outcome(HOLDS)
    return Outcome(BROKEN, f"returned {_repr.repr(result)}"[:MAX_SHOWN])


def _shown(text: str, names: "dict[str, Any]") -> str:
    try:
        return _repr.repr(eval(text, names))[:MAX_SHOWN]  # noqa: S307 - inside the jail, by design
    except Exception as error:  # noqa: BLE001 - the values' own repr is untrusted code
        return type(error).__name__
