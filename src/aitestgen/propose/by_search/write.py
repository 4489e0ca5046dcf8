"""From an observed call to a test: a row of a table where only values vary, else arrange, act, assert."""

import builtins
import hashlib
import keyword
import re
from collections.abc import Collection

from aitestgen.propose.by_search import names, pasts
from aitestgen.propose.by_search.checks import (
    LONG_FLOAT,
    SINGLETONS,
    Call,
    changed_arguments,
    changing,
    expected,
    is_function_told,
    is_statement,
    names_of_handed,
    operand,
    raises,
    result_checks,
    split_lines,
    spoken,
    state_checks,
    telling_line,
)
from aitestgen.propose.by_search.given_functions import MADE, with_variables
from aitestgen.propose.by_search.observed import Observed
from aitestgen.propose.by_search.prepared import is_needed, is_prepared, unfolded
from aitestgen.propose.by_search.ranges import with_ranges
from aitestgen.propose.by_search.wrapped import wrapped
from aitestgen.values import Candidate, Kind, Table, Target

MAX_ENDING = 40
_RESERVED = (
    "request", "expected", "result", "value", "pytest", "capsys", "monkeypatch", "dt", "math", "asyncio", "itertools",
    "clock", "copy", "pickle", "collected", "read_twice", "sent_to", "scenario", "waiting", "also_waiting", "tmp_path",
    "web", "http", "commands", "network", "streams", "mail", "io", "os",
)  # fmt: skip
_TIMES = {1: "twice", 2: "three_times", 3: "four_times"}
_DECORATED = frozenset({"f", "fn", "func", "function", "wrapped", "method", "coro", "coroutine", "callback"})
_BLOCKS = ("with", "async with")
_UNFIT_FOR_ROWS = re.compile(
    r"tmp_path|\b(arriving|prepared|asyncio\.sleep)\(|\bFakeAsyncFunction\(.*\)\(\)|\bFake(Reader|Writer)\("
)
_FIXTURES = ("caplog", "capsys", "clock", "monkeypatch", "tmp_path")


def candidate(observed: Observed, target: Target, taken: frozenset[str]) -> Candidate | None:
    """The test for one observed call; None where a test could not say anything about it.

    Names in `taken` are the module's own: no variable of the test may hide one.
    """
    facts = observed.observation.facts
    if any("nan" in text and text != 'float("nan")' for label, text in facts.items() if label.startswith("result")):
        return None
    table = _table(observed, target, taken)
    hoisted = with_variables(observed, target, lambda name: free_name(name, taken))
    name, code = _function(hoisted, target, taken)
    if "assert" not in code and "pytest.raises" not in code:
        return None
    return Candidate(
        id=hashlib.sha256(code.encode()).hexdigest()[:16],
        target_id=target.id,
        name=name,
        code=code,
        imports=tuple(observed.imports.values()),
        definitions=tuple(text for text in observed.definitions if is_needed(text, code)),
        kills=frozenset(observed.kills),
        differences=_differences(observed, target),
        table=table,
        returns=observed.observation.outcome == "returns",
    )


# -- tables --------------------------------------------------------------------------------------------------------
def _table(observed: Observed, target: Target, taken: frozenset[str]) -> Table | None:
    """A row, where a call without a receiver gives a plain value or an exception and changes nothing."""
    observation = observed.observation
    plain = set(observation.shown) <= {"result", "error", "message"} and not observed.needed and not observation.effects
    if (
        observed.receiver is not None
        or observed.calls
        or observed.loop
        or not plain
        or {*_BLOCKS, "call"} & {*observation.wraps}
    ):
        return None
    parameters = names.of_parameters(target, len(observed.arguments))
    if parameters is None or target.kind in (Kind.CLASS, Kind.DATACLASS):
        return None
    arguments = tuple(free_name(name, taken) for name in (*parameters, *observed.keywords))
    row = (*observed.arguments, *observed.keywords.values())
    if not row or len("".join(row)) > 400 or _UNFIT_FOR_ROWS.search("".join([*row, str(observation.facts)])):
        return None
    keywords = [f"{name}={free_name(name, taken)}" for name in observed.keywords]
    text = wrapped(observed, observed.template.format(args=", ".join([*arguments[: len(parameters)], *keywords])))
    if observation.outcome == "raises":
        return _raising_table(observed, target, arguments, row, text)
    return _value_table(observed, target, arguments, row, text)


def _raising_table(
    observed: Observed, target: Target, arguments: tuple[str, ...], row: tuple[str, ...], call: str
) -> Table:
    error = observed.observation.facts["error"]
    expectation = raises(observed)
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
    if result in SINGLETONS:
        name = names.joined(subject, "is" if result != "None" else "returns", result.lower())
        body = f"    assert {call} is {result}\n"
        return Table(key=f"{target.id}|{body}|{arguments}", name=name, arguments=arguments, row=row, body=body)
    approximate = bool(LONG_FLOAT.fullmatch(result))
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
        row=(*row, with_ranges(result)),
        body=body,
    )


def free_name(name: str, taken: frozenset[str]) -> str:
    """`name`, or one like it that hides neither a name of the module nor one that pytest or the test needs."""
    return (
        f"{name.removesuffix('_value')}_given"
        if name in taken or name in _RESERVED or hasattr(builtins, name) or keyword.iskeyword(name)
        else name
    )


# -- functions -----------------------------------------------------------------------------------------------------
def _function(observed: Observed, target: Target, taken: frozenset[str]) -> tuple[str, str]:
    call = _call(observed, target, taken)
    alone, arranged = _arranged(observed, call)
    arranged += call.first
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
    lines = [f"{variable} = {text}" for variable, text in (*observed.fakes.items(), *call.bound.items())]
    if observed.receiver is None:
        return [], [*lines, *observed.calls]
    made = f"{call.receiver} = {observed.receiver}"
    steps = [text.replace("{self}", call.receiver) for text in observed.calls]
    alone = [*lines, made, *steps[: observed.alone]] if observed.alone else []
    return alone, steps[observed.alone :] if alone else [*lines, made, *steps]


def _body(observed: Observed, call: Call, lines: list[str]) -> list[str]:
    """Arrange, act and assert; what follows a step that opens a block stands in it."""
    for place, line in enumerate(lines):
        if line.endswith(":"):
            within = _body(observed, call, lines[place + 1 :])
            return [*split_lines(lines[:place]), line, *(f"    {inner}" if inner else "" for inner in within)]
    arranged = bool(lines or observed.observation.effects)
    act, checks = _act_and_assert(observed, call)
    together = bool(lines) and len(act) + len(checks) > 1
    body = [*split_lines(lines), *([""] if together else []), *act]
    if checks and act and not (len(act) == 1 and len(checks) == 1 and not arranged):
        body.append("")
    return body + checks


def _on_a_loop(body: list[str]) -> list[str]:
    """The lines as one coroutine, and the line that runs it."""
    return ["async def scenario():", *(f"    {line}" if line else "" for line in body), "", "asyncio.run(scenario())"]


def _call(observed: Observed, target: Target, taken: frozenset[str]) -> Call:
    receiver = free_name(names.snake((target.owner or "subject").rpartition(".")[2]), taken)
    changed = changed_arguments(observed)
    parameters = names.of_parameters(target, len(observed.arguments)) or ()
    texts, bound = [], {}
    variables: dict[str, str] = {}
    for place, text in enumerate(observed.arguments):
        variable = parameters[place] if place < len(parameters) else f"argument_{chr(97 + place)}"
        variable = f"{variable}_argument" if variable == receiver else free_name(variable, taken)
        if f"a{place}" in changed or is_prepared(text):
            bound[variable] = unfolded(text, variable)
            variables[f"a{place}"] = variable
        texts.append(variables.get(f"a{place}", text))
    keywords = []
    for name, text in observed.keywords.items():
        if f"k_{name}" in changed or is_prepared(text):
            variable = variables[f"k_{name}"] = free_name(name, taken)
            bound[variable] = unfolded(text, variable)
        keywords.append(f"{name}={variables.get(f'k_{name}', text)}")
    handed = [*observed.handed_over]
    for place, (text, name) in enumerate(zip(handed, names_of_handed(observed), strict=True)):
        if f"t{place}" in changed:
            handed[place] = variables[f"t{place}"] = _other_than(
                free_name(name, taken), {*bound, *observed.fakes, receiver}
            )
            bound[handed[place]] = unfolded(text, handed[place])
    observed = _handing(observed, handed)
    filled = observed.template.format(*texts, self=receiver, args=", ".join([*texts, *keywords]))
    text, first = wrapped(observed, filled), tuple[str, ...]()
    if "used" in observed.observation.wraps or is_function_told(observed):
        is_decorator = "again" in observed.observation.wraps
        decorates = is_decorator or (parameters or [""])[0] in _DECORATED
        variable = variables["function"] = free_name("decorated" if decorates else "called", taken)
        made = f"{filled}({', '.join(observed.then or ())})" if is_decorator else filled
        first = (f"{variable} = {made}", *(f"{variable}({', '.join(arguments)})" for arguments in observed.uses))
        text = wrapped(observed, variable, ("call",) if is_decorator else ())
    return Call(text=text, receiver=receiver, bound=bound, variables=variables, first=first, answers=target.answers)


def _handing(observed: Observed, handed: list[str]) -> Observed:
    """The same with these arguments for the last call of what is returned."""
    last = "again" if "again" in observed.observation.wraps else "then"
    return observed.model_copy(update={last: handed}) if observed.handed_over else observed


def _other_than(name: str, known: Collection[str]) -> str:
    return f"{name}_handed" if name in known else name


def _act_and_assert(observed: Observed, call: Call) -> tuple[list[str], list[str]]:
    """The lines that make the call, and those that check what came of it."""
    act, checks = _plain_act_and_assert(observed, call)
    if "warning" not in observed.observation.facts:
        return act, checks
    warned = f"with {expected('warns', observed.observation.facts['warning'], observed.observation.facts['warned'])}:"
    if not act:  # the call stands in the first check
        return [warned, f"    {checks[0]}"], checks[1:]
    return [warned, *(f"    {line}" for line in act)], checks


def _plain_act_and_assert(observed: Observed, call: Call) -> tuple[list[str], list[str]]:
    observation = observed.observation
    blocks = [wrap for wrap in observation.wraps if wrap in _BLOCKS]
    if observation.outcome == "raises":
        within = [f"    {line}" for line in _within(observed, call)] or ["    pass"]
        lines = [f"{blocks[0]} {call.text}:", *within] if blocks else call.text.split("\n")
        return [f"with {raises(observed)}:", *(f"    {line}" for line in lines)], state_checks(observed, call)
    if blocks:
        checks = result_checks(observed, "value", call)
        named = " as value" if any(re.search(r"\bvalue\b", check) for check in checks) else ""
        others = state_checks(observed, call)
        if observed.target.endswith(("__enter__", "__aenter__")):  # the state is that inside of the block
            checks, others = [*checks, *others], []
        inside = [f"    {line}" for line in (*checks, *_within(observed, call))] or ["    pass"]
        return [f"{blocks[0]} {call.text}{named}:", *inside], others
    checks = result_checks(observed, "result", call)
    others = state_checks(observed, call)
    shows_result = [check for check in checks if "result" in check]
    if is_statement(call.text):
        return call.text.split("\n"), others
    only_none = observation.facts.get("result") == "None" and (others or "output" in observation.shown)
    if (only_none and not call.answers) or not shows_result:
        prefix = ["capsys.readouterr()"] if "output" in observation.shown and observed.receiver else []
        return [*prefix, call.text], others
    if len(checks) == 1 and not others:
        return [], [re.sub(r"\bresult\b", lambda _: operand(call.text), checks[0], count=1)]
    return [f"result = {call.text}"], [*checks, *others]


def _within(observed: Observed, call: Call) -> list[str]:
    """What happens in the block that the call opens."""
    return [line for text in observed.inside for line in text.replace("{self}", call.receiver).split("\n")]


# -- names ---------------------------------------------------------------------------------------------------------
def _message_words(observed: Observed) -> str:
    facts = observed.observation.facts
    error = facts["error"].rpartition(".")[2]
    said = names.words(telling_line(spoken(facts["message"])), 6)
    return said if said and names.snake(error) != said else ""


def _function_name(observed: Observed, target: Target) -> str:
    facts = observed.observation.facts
    subject = names.snake(target.id.replace("__", "_"))
    if target.kind is Kind.SCRIPT:
        return names.joined("script", _doing(observed))
    if _thrown(observed) or observed.observation.outcome == "raises":
        return names.joined(subject, *_failing(observed))
    is_class = target.kind in (Kind.CLASS, Kind.DATACLASS)
    if is_class and "call" not in observed.observation.wraps:
        about = names.listed(observed.keywords)
        return names.joined(subject, f"can_be_created_with_{about}" if about else "can_be_created")
    subject += "_called" if is_class else ""
    if special := _special_name(observed, target):
        return names.joined(subject, special)
    changed = [label[9:] for label in observed.observation.shown if label.startswith("receiver:")]
    views = [names.snake(re.sub(r"\W", "_", view)) for view in changed]
    result = facts.get("result")
    if views and result in (None, "None", "{self}"):
        return names.joined(subject, "updates", names.listed(names.of_views(changed)))
    if doing := _doing(observed) or changing(observed, target):
        return names.joined(subject, doing)
    if result is not None:
        return names.joined(subject, names.returned(result), pasts.told(observed.calls))
    return names.joined(subject, "gives", names.snake(facts.get("result:type", "") or "result"))


def _failing(observed: Observed) -> list[str]:
    """What is said of an exception: that it was raised, or what became of one that was raised in a block."""
    thrown, error = _thrown(observed), observed.observation.facts.get("error", "")
    if not error:
        return ["swallows", names.snake(thrown)]
    if error.rpartition(".")[2] == thrown:
        return ["passes_on", names.snake(thrown)]
    return ["raises", names.snake(error), _message_words(observed)]


def _thrown(observed: Observed) -> str:
    """The exception that is raised in the block that the call opens; empty where none is."""
    found = re.match(r"raise (\w+)", observed.inside[-1]) if observed.inside else None
    return found[1] if found else ""


def _doing(observed: Observed) -> str:
    """What the call did besides giving a value; empty where the value says more."""
    facts = observed.observation.facts
    silent = facts.get("result") in (None, "None")
    if "sent" in observed.observation.wraps:
        return "answers_what_is_sent"
    if "clock" in facts and silent:
        return "_".join(filter(None, ("waits", pasts.told(observed.calls))))
    if "output" in observed.observation.shown:
        return f"prints_{names.of_output(spoken(facts['output']))}"
    if "logged" in observed.observation.shown and silent:
        return f"logs_{names.words(spoken(facts['logged']), 4)}"
    return _left_behind(observed) if silent else ""


def _special_name(observed: Observed, target: Target) -> str:
    """A name for what is neither a result nor a change; empty for all else."""
    facts = observed.observation.facts
    if target.kind is Kind.PROPERTY and is_statement(observed.template.format("0", self="it", args="")):
        return "can_be_deleted" if observed.template.startswith("del ") else "can_be_set"
    return f"warns_{names.words(spoken(facts['warned']), 5)}" if "warning" in facts else ""


def _left_behind(observed: Observed) -> str:
    """What the call did outside of the process: `writes_out_txt`, `asks_web`."""
    verbs = {"file": "writes", "folder": "makes", "mode": "changes_mode_of", "asked": "asks"}
    verbs |= {"gone": "removes", "unlinked": "removes"}
    labels = [label.partition(":") for label in observed.observation.shown]
    done = [f"{verbs[kind]}_{names.fitting(name).lower()}" for kind, _, name in labels if kind in verbs and name]
    changed = [names.snake(re.sub(r".*\.|\)", "", name)) for kind, _, name in labels if kind == "module"]
    return names.listed([*done, *([f"changes_{names.listed(changed)}"] if changed else [])])


def _differences(observed: Observed, target: Target) -> tuple[str, ...]:
    """Name endings that say what is special about this call: an argument, what came before, how the object was made."""
    positional = names.of_parameters(target, len(observed.arguments)) or ()
    given = [*zip(positional, observed.arguments, strict=False), *observed.keywords.items()]
    pairs = [(name, text) for name, text in given if not MADE.search(text)]
    said = [f"for_{names.snake(name)}_{names.of_value(text)}" for name, text in pairs]
    made = re.search(r"\((.*)\)$", observed.receiver or "")
    first = made.group(1).split(",")[0].partition("=") if made and made.group(1) else ("", "", "")
    if first[2]:
        said.append(f"with_{names.snake(first[0].strip())}_{names.of_value(first[2].strip())}")
    elif first[0]:
        said.append(f"of_{names.of_value(first[0].strip())}")
    if "used" in observed.observation.wraps:
        said.append(f"when_called_{_TIMES.get(len(observed.uses), 'often')}")
    if observed.calls:
        one = len(observed.calls) == 1
        said.append((pasts.told(observed.calls) or "after_use") if one else f"after_{len(observed.calls)}_steps")
    fitting = [names.fitting(ending) for ending in said if len(ending) <= MAX_ENDING]
    return tuple(dict.fromkeys([*fitting, "_".join(fitting[:2])])) if fitting else ()
