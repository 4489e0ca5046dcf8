"""From an observed call to a test: a row of a table where only values vary, else arrange, act, assert."""

import ast
import builtins
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from aitestgen.propose.by_search import names
from aitestgen.propose.by_search.observed import Observed
from aitestgen.values import Candidate, Kind, Table, Target

SHOWN_OF_ENDLESS = 5
MAX_ENDING = 40
_RESERVED = (
    "request", "expected", "result", "value", "pytest", "capsys", "monkeypatch", "dt", "math", "asyncio", "itertools",
    "clock", "copy", "pickle", "collected", "scenario", "waiting", "also_waiting",
)  # fmt: skip
_BLOCKS = ("with", "async with")
_FIXTURES = ("capsys", "clock", "monkeypatch")
_SINGLETONS = ("True", "False", "None", "NotImplemented", "...")
_LONG_FLOAT = re.compile(r"-?\d+\.\d{7,}(e[+-]?\d+)?|-?\d(\.\d+)?e-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The call under test as text: `bound` are arguments that get a variable of their own, because they change."""

    text: str
    receiver: str
    bound: dict[str, str]


def candidate(observed: Observed, target: Target, taken: frozenset[str]) -> Candidate | None:
    """The test for one observed call; None where a test could not say anything about it.

    Names in `taken` are the module's own: no variable of the test may hide one.
    """
    facts = observed.observation.facts
    if any("nan" in text and text != 'float("nan")' for label, text in facts.items() if label.startswith("result")):
        return None
    table = _table(observed, target, taken)
    name, code = _function(observed, target, taken)
    if "assert" not in code and "pytest.raises" not in code:
        return None
    return Candidate(
        id=hashlib.sha256(code.encode()).hexdigest()[:16],
        target_id=target.id,
        name=name,
        code=code,
        imports=tuple(observed.imports.values()),
        kills=frozenset(observed.kills),
        differences=_differences(observed, target),
        table=table,
    )


# -- tables --------------------------------------------------------------------------------------------------------
def _table(observed: Observed, target: Target, taken: frozenset[str]) -> Table | None:
    """A row, where a call without a receiver gives a plain value or an exception and changes nothing."""
    observation = observed.observation
    plain = set(observation.shown) <= {"result", "error", "message"} and not observed.needed and not observation.effects
    if observed.receiver is not None or observed.loop or not plain or {*_BLOCKS, "call"} & {*observation.wraps}:
        return None
    parameters = _parameter_names(target, len(observed.arguments))
    if parameters is None or target.kind in (Kind.CLASS, Kind.DATACLASS):
        return None
    arguments = tuple(_free(name, taken) for name in (*parameters, *observed.keywords))
    row = (*observed.arguments, *observed.keywords.values())
    if not row or len("".join(row)) > 400:
        return None
    keywords = [f"{name}={_free(name, taken)}" for name in observed.keywords]
    text = _wrapped(observed, observed.template.format(args=", ".join([*arguments[: len(parameters)], *keywords])))
    if observation.outcome == "raises":
        return _raising_table(observed, target, arguments, row, text)
    return _value_table(observed, target, arguments, row, text)


def _raising_table(
    observed: Observed, target: Target, arguments: tuple[str, ...], row: tuple[str, ...], call: str
) -> Table:
    error = observed.observation.facts["error"]
    expectation = _raises(observed)
    name = names.joined(names.snake(target.id), "raises", names.snake(error), _message_words(observed))
    body = f"    with {expectation}:\n        {call}\n"
    return Table(key=f"{target.id}|{body}|{arguments}", name=name, arguments=arguments, row=row, body=body)


def _value_table(
    observed: Observed, target: Target, arguments: tuple[str, ...], row: tuple[str, ...], call: str
) -> Table | None:
    result = observed.observation.facts.get("result")
    if result is None or result == 'float("nan")':
        return None
    subject = names.snake(target.id)
    if result in _SINGLETONS:
        name = names.joined(subject, "is" if result != "None" else "returns", result.lower())
        body = f"    assert {call} is {result}\n"
        return Table(key=f"{target.id}|{body}|{arguments}", name=name, arguments=arguments, row=row, body=body)
    approximate = bool(_LONG_FLOAT.fullmatch(result))
    expected = "pytest.approx(expected)" if approximate else "expected"
    body = f"    assert {call} == {expected}\n"
    about = "_".join(observed.keywords)
    name = names.joined(
        subject, "returns_expected_value", f"with_{about}" if about else "", "approximately" if approximate else ""
    )
    return Table(
        key=f"{target.id}|{body}|{arguments}",
        name=name,
        arguments=(*arguments, "expected"),
        row=(*row, result),
        body=body,
    )


def _free(name: str, taken: frozenset[str]) -> str:
    """`name`, or one like it that hides neither a name of the module nor one that pytest or the test needs."""
    return (
        f"{name.removesuffix('_value')}_given"
        if name in taken or name in _RESERVED or hasattr(builtins, name)
        else name
    )


def _parameter_names(target: Target, count: int) -> tuple[str, ...] | None:
    """Names for `count` positional arguments; None where the signature has no name for one of them."""
    positional = [p.name for p in target.parameters if p.kind in ("normal", "positional")]
    return tuple(positional[:count]) if count <= len(positional) else None


# -- functions -----------------------------------------------------------------------------------------------------
def _function(observed: Observed, target: Target, taken: frozenset[str]) -> tuple[str, str]:
    call = _call(observed, target, taken)
    alone, arranged = _arranged(observed, call)
    body = _on_a_loop(_body(observed, call, arranged)) if observed.loop else _body(observed, call, arranged)
    effects = [line for line in observed.observation.effects if line not in _FIXTURES]
    body = [*effects, *alone, *([""] if observed.loop and (effects or alone) else []), *body]
    name = _function_name(observed, target)
    used = [line.partition(".")[0].strip() for line in (*body, *observed.observation.effects)]
    text = "\n".join([*body, *observed.observation.effects])
    fixtures = ", ".join(name for name in _FIXTURES if name in used or re.search(rf"\b{name}\b(?!=)", text))
    return name, f"def {name}({fixtures}):\n" + "".join(f"    {line}\n" if line else "\n" for line in body)


def _arranged(observed: Observed, call: Call) -> tuple[list[str], list[str]]:
    """The lines before the call: those outside of its event loop, and those beside it."""
    lines = [f"{variable} = {text}" for variable, text in call.bound.items()]
    if observed.receiver is None:
        return [], lines
    made = f"{call.receiver} = {observed.receiver}"
    steps = [text.replace("{self}", call.receiver) for text in observed.calls]
    alone = [made, *steps[: observed.alone]] if observed.alone else []
    return alone, [*lines, *steps[observed.alone :]] if alone else [*lines, made, *steps]


def _body(observed: Observed, call: Call, lines: list[str]) -> list[str]:
    """Arrange, act and assert; what follows a step that opens a block stands in it."""
    for place, line in enumerate(lines):
        if line.endswith(":"):
            within = _body(observed, call, lines[place + 1 :])
            return [*_split(lines[:place]), line, *(f"    {inner}" if inner else "" for inner in within)]
    arranged = bool(lines or observed.observation.effects)
    act, checks = _act_and_assert(observed, call)
    together = bool(lines) and len(act) + len(checks) > 1
    body = [*_split(lines), *([""] if together else []), *act]
    if checks and act and not (len(act) == 1 and len(checks) == 1 and not arranged):
        body.append("")
    return body + checks


def _split(lines: Iterable[str]) -> list[str]:
    return [part for line in lines for part in line.split("\n")]


def _on_a_loop(body: list[str]) -> list[str]:
    """The lines as one coroutine, and the line that runs it."""
    return ["async def scenario():", *(f"    {line}" if line else "" for line in body), "", "asyncio.run(scenario())"]


def _call(observed: Observed, target: Target, taken: frozenset[str]) -> Call:
    receiver = _free(names.snake((target.owner or "subject").rpartition(".")[2]), taken)
    labels = [*observed.observation.shown, *observed.needed]
    parameters = _parameter_names(target, len(observed.arguments)) or ()
    texts, bound = [], {}
    for place, text in enumerate(observed.arguments):
        variable = parameters[place] if place < len(parameters) else f"argument_{chr(97 + place)}"
        variable = f"{variable}_argument" if variable == receiver else _free(variable, taken)
        if f"argument:a{place}" in labels:
            bound[variable] = text
            texts.append(variable)
        else:
            texts.append(text)
    keywords = []
    for name, text in observed.keywords.items():
        if f"argument:k_{name}" in labels:
            bound[_free(name, taken)] = text
        keywords.append(f"{name}={_free(name, taken) if _free(name, taken) in bound else text}")
    filled = observed.template.format(*texts, self=receiver, args=", ".join([*texts, *keywords]))
    return Call(text=_wrapped(observed, filled), receiver=receiver, bound=bound)


def _wrapped(observed: Observed, text: str) -> str:
    for wrap in observed.observation.wraps:
        match wrap:
            case "run":
                text = f"asyncio.run({text})"
            case "await":
                text = f"await {text}"
            case "list" | "collected":
                text = f"{wrap}({text})"
            case "islice":
                text = f"list(itertools.islice({text}, {SHOWN_OF_ENDLESS}))"
            case "call":
                text = f"{text}({', '.join(observed.then or ())})"
    return text


def _act_and_assert(observed: Observed, call: Call) -> tuple[list[str], list[str]]:
    """The lines that make the call, and those that check what came of it."""
    act, checks = _plain_act_and_assert(observed, call)
    if "warning" not in observed.observation.facts:
        return act, checks
    warned = f"with {_expected('warns', observed.observation.facts['warning'], observed.observation.facts['warned'])}:"
    if not act:  # the call stands in the first check
        return [warned, f"    {checks[0]}"], checks[1:]
    return [warned, *(f"    {line}" for line in act)], checks


def _plain_act_and_assert(observed: Observed, call: Call) -> tuple[list[str], list[str]]:
    observation = observed.observation
    blocks = [wrap for wrap in observation.wraps if wrap in _BLOCKS]
    if observation.outcome == "raises":
        lines = [f"{blocks[0]} {call.text}:", "    pass"] if blocks else call.text.split("\n")
        return [f"with {_raises(observed)}:", *(f"    {line}" for line in lines)], _state_checks(observed, call)
    if blocks:
        checks = _result_checks(observed, "value", call)
        named = " as value" if any(re.search(r"\bvalue\b", check) for check in checks) else ""
        others = _state_checks(observed, call)
        if observed.target.endswith(("__enter__", "__aenter__")):  # the state is that inside of the block
            checks, others = [*checks, *others], []
        inside = [f"    {check}" for check in checks] or ["    pass"]
        return [f"{blocks[0]} {call.text}{named}:", *inside], others
    checks = _result_checks(observed, "result", call)
    others = _state_checks(observed, call)
    shows_result = [check for check in checks if "result" in check]
    if _is_statement(call.text):
        return call.text.split("\n"), others
    only_none = observation.facts.get("result") == "None" and (others or "output" in observation.shown)
    if only_none or not shows_result:
        prefix = ["capsys.readouterr()"] if "output" in observation.shown and observed.receiver else []
        return [*prefix, call.text], others
    if len(checks) == 1 and not others:
        return [], [re.sub(r"\bresult\b", lambda _: _operand(call.text), checks[0], count=1)]
    return [f"result = {call.text}"], [*checks, *others]


def _is_statement(text: str) -> bool:
    try:
        ast.parse(text.removeprefix("await "), mode="eval")
    except SyntaxError:
        return True
    return False


def _result_checks(observed: Observed, variable: str, call: Call) -> list[str]:
    facts = observed.observation.facts
    checks = []
    if facts.get("result") == "{self}":
        return [f"assert {variable} is {call.receiver}"]
    if "result" in facts:
        checks.append(_equal(variable, facts["result"]))
    shown = {*observed.observation.shown, *observed.needed}
    views = [
        (label[7:], text)
        for label, text in facts.items()
        if label in shown and label.startswith("result:") and "{}" in label
    ]
    if facts.get("result:type"):
        checks.append(f"assert isinstance({variable}, {facts['result:type']})")
    checks += [_equal(view.format(variable), text) for view, text in views[:8]]
    return checks


def _state_checks(observed: Observed, call: Call) -> list[str]:
    facts = observed.observation.facts
    checks = []
    for label in dict.fromkeys([*observed.observation.shown, *observed.needed]):
        if label.startswith("receiver:"):
            checks.append(_equal(label[9:].format(call.receiver), facts[label]))
        elif label.startswith("argument:"):
            variables = list(call.bound)
            place = _bound_place(observed, label)
            checks.append(_equal(variables[place], facts[label]))
        elif label == "clock":
            checks.append(_equal("clock.now", facts[label]))
        elif label == "output":
            checks.append(f"assert capsys.readouterr().out == {facts[label]}")
    return [*checks[:10], *_task_checks(observed), *_follow_ups(observed, call)]


def _task_checks(observed: Observed) -> list[str]:
    """What became of the tasks that were left waiting before the call."""
    checks = []
    for number, task in enumerate(observed.tasks):
        for label, text in observed.observation.facts.items():
            match label.removeprefix(f"task:{number}"):
                case ":done":
                    checks.append(f"assert not {task}.done()")
                case ":cancelled":
                    checks.append(f"assert {task}.cancelled()")
                case ":error":
                    checks.append(f"with pytest.raises({text}):\n    await {task}")
                case "":
                    checks.append(_equal(f"await {task}", text) if text not in ("", "None") else f"await {task}")
    if "task:clock" in observed.observation.facts:
        checks.append(_equal("clock.now", observed.observation.facts["task:clock"]))
    return _split(checks)


def _follow_ups(observed: Observed, call: Call) -> list[str]:
    """What the calls after the one under test give."""
    checks = []
    for number, template in enumerate(observed.after):
        text = template.replace("{self}", call.receiver)
        facts = observed.observation.facts
        text = f"{text}\n    pass" if text.endswith(":") else text
        if error := facts.get(f"after:{number}:error"):
            checks.append(f"with pytest.raises({error}):\n    " + text.replace("\n", "\n    "))
        elif _is_statement(text) or facts.get(f"after:{number}") in (None, "", "None"):
            checks.append(text)
        else:
            checks.append(_equal(_operand(text), facts[f"after:{number}"]))
    return _split(checks)


def _bound_place(observed: Observed, label: str) -> int:
    labels = [*observed.observation.shown, *observed.needed]
    ordered = [f"argument:a{place}" for place in range(len(observed.arguments))]
    ordered += [f"argument:k_{name}" for name in observed.keywords]
    return [item for item in ordered if item in labels].index(label)


def _operand(text: str) -> str:
    """The text as an operand: `a == b` in parentheses, for `a == b is True` is a chain of comparisons."""
    tree = ast.parse(text.removeprefix("await "), mode="eval").body
    return f"({text})" if isinstance(tree, ast.Compare | ast.BinOp | ast.BoolOp | ast.UnaryOp) else text


def _equal(left: str, right: str) -> str:
    if right in _SINGLETONS:
        return f"assert {left} is {right}"
    if right == 'float("nan")':
        return f"assert math.isnan({left})"
    if _LONG_FLOAT.fullmatch(right):
        return f"assert {left} == pytest.approx({right})"
    return f"assert {left} == {right}"


def _raises(observed: Observed) -> str:
    facts = observed.observation.facts
    return _expected("raises", facts["error"], facts["message"])


def _expected(manner: str, kind: str, text: str) -> str:
    """`pytest.raises` or `pytest.warns` with the whole message, where a message can be matched."""
    message = ast.literal_eval(text)
    if not message or len(message) > 120 or "0x" in message or "\n" in message or not message.isprintable():
        return f"pytest.{manner}({kind})"
    return f"pytest.{manner}({kind}, match={_quoted(_pattern(message))})"


def _pattern(message: str) -> str:
    return "^" + re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", message) + "$"


def _quoted(pattern: str) -> str:
    if "\\" not in pattern:
        return repr(pattern)
    for quote in ('"', "'"):
        if quote not in pattern and not pattern.endswith("\\"):
            return f"r{quote}{pattern}{quote}"
    return repr(pattern)


# -- names ---------------------------------------------------------------------------------------------------------
def _message_words(observed: Observed) -> str:
    facts = observed.observation.facts
    error = facts["error"].rpartition(".")[2]
    said = names.words(ast.literal_eval(facts["message"]), 5)
    return said if said and names.snake(error) != said else ""


def _function_name(observed: Observed, target: Target) -> str:
    facts = observed.observation.facts
    subject = names.snake(target.id.replace("__", "_"))
    if observed.observation.outcome == "raises":
        return names.joined(subject, "raises", names.snake(facts["error"]), _message_words(observed))
    if target.kind in (Kind.CLASS, Kind.DATACLASS):
        return names.joined(subject, "can_be_created" + (f"_with_{_with(observed)}" if _with(observed) else ""))
    changed = [label[9:] for label in observed.observation.shown if label.startswith("receiver:")]
    views = [names.snake(re.sub(r"\W", "_", view)) for view in changed]
    result = facts.get("result")
    if views and result in (None, "None", "{self}"):
        return names.joined(subject, "updates", names.listed(_views_said(changed)))
    if "output" in observed.observation.shown:
        return names.joined(subject, "prints", names.words(ast.literal_eval(facts["output"]), 4))
    if result is not None:
        return names.joined(subject, _returns(result), _after(observed))
    return names.joined(subject, "gives", names.snake(facts.get("result:type", "") or "result"))


def _views_said(views: Iterable[str]) -> list[str]:
    said = {"len({})": "length", "list({})": "items", "dict({})": "items", "str({})": "text", "repr({})": "text"}
    return list(dict.fromkeys(said.get(view, names.snake(view.replace("{}.", ""))) for view in views))


def _returns(result: str) -> str:
    if result in ("True", "False"):
        return f"is_{result.lower()}"
    if result == "{self}":
        return "returns_itself"
    return f"returns_{names.of_value(result)}"


def _after(observed: Observed) -> str:
    methods = dict.fromkeys(re.sub(r"^\{self\}\.?", "", text).partition("(")[0] for text in observed.calls)
    plain = [names.snake(method) for method in methods if method.isidentifier()]
    return f"after_{names.listed(plain)}" if plain else ""


def _differences(observed: Observed, target: Target) -> tuple[str, ...]:
    """Name endings that say what is special about this call: an argument, what came before, how the object was made."""
    positional = _parameter_names(target, len(observed.arguments)) or ()
    pairs = [*zip(positional, observed.arguments, strict=False), *observed.keywords.items()]
    said = [f"for_{names.snake(name)}_{names.of_value(text)}" for name, text in pairs]
    made = re.search(r"\((.*)\)$", observed.receiver or "")
    first = made.group(1).split(",")[0].partition("=") if made and made.group(1) else ("", "", "")
    if first[2]:
        said.append(f"with_{names.snake(first[0].strip())}_{names.of_value(first[2].strip())}")
    elif first[0]:
        said.append(f"of_{names.of_value(first[0].strip())}")
    calls = [re.sub(r"^\{self\}\.?", "", text).partition("(")[0] for text in observed.calls]
    if calls:
        said.append(f"after_{len(calls)}_calls" if len(calls) > 1 else f"after_{names.snake(calls[0]) or 'use'}")
    fitting = [names.fitting(ending) for ending in said if len(ending) <= MAX_ENDING]
    return tuple(dict.fromkeys([*fitting, "_".join(fitting[:2])])) if fitting else ()


def _with(observed: Observed) -> str:
    return names.listed(observed.keywords)
