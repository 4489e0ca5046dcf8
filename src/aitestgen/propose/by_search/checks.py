"""The lines of a test that check what a call gave, changed, raised, and led to."""

import ast
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from aitestgen.propose.by_search import names
from aitestgen.propose.by_search.given_functions import call_checks
from aitestgen.propose.by_search.observed import Observed
from aitestgen.propose.by_search.ranges import with_ranges
from aitestgen.values import Target

SINGLETONS = ("True", "False", "None", "NotImplemented", "...")
LONG_TEXT, FEW_LINES, MOST_LINES = 50, 3, 15
MOST_VIEWS = 8
_OF_ARRAYS = (".tolist()", ".to_dict()")
_FORMATTED = re.compile(r"\bf(?=['\"])")
"""What begins a text with a folder in it."""
LONG_FLOAT = re.compile(r"-?\d+\.\d{7,}(e[+-]?\d+)?|-?\d(\.\d+)?e-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The call under test as text.

    `bound` are arguments that get a variable of their own, because they change, or something happens to them before;
    `variables` are these by argument (`a0`, `k_name`), and what is called where it has one (`function`). `first` are
    the lines that make what is called, and call it for the first of two times. `answers` as in a Target.
    """

    text: str
    receiver: str
    bound: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    answers: bool = False


def result_checks(observed: Observed, variable: str, call: Call) -> list[str]:
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
    first = sorted(views, key=lambda view: not _is_about(view[0], observed))
    checks += [_equal(view.format(variable), text) for view, text in views if (view, text) in first[:MOST_VIEWS]]
    return checks


def _is_about(view: str, observed: Observed) -> bool:
    """Whether it shows what the call was given, or what a mutant is told by."""
    return f"result:{view}" in observed.needed or view.removeprefix("{}.") in observed.keywords


def is_function_told(observed: Observed) -> bool:
    """Whether the test says what the returned function holds."""
    return any(label.startswith("function:") for label in [*observed.observation.shown, *observed.needed])


def state_checks(observed: Observed, call: Call) -> list[str]:
    facts = observed.observation.facts
    checks = []
    for label in dict.fromkeys([*observed.observation.shown, *observed.needed]):
        if label.startswith("receiver:") and label[9:].replace("{}", "{self}") == observed.template:
            continue  # the property that the call reads: its value is checked already
        if label.startswith("receiver:"):
            checks.append(_equal(label[9:].format(call.receiver), facts[label]))
        elif label.startswith("argument:"):
            name, _, view = label[9:].partition(":")
            checks.append(_equal((view or "{}").format(call.variables[name]), facts[label]))
        elif label.startswith("function:"):
            checks.append(_equal(f"{call.variables['function']}.{label[9:]}", facts[label]))
        elif label == "clock":
            checks.append(_equal("clock.now", facts[label]))
        elif label in ("output", "errors"):
            checks += _printed(f"capsys.readouterr().{'out' if label == 'output' else 'err'}", facts[label])
        else:
            checks += world_check(label, facts.get(label, ""))
    return [
        *checks[:10], *call_checks(observed, call.receiver), *_task_checks(observed), *_follow_ups(observed, call),
    ]  # fmt: skip


def _printed(read: str, text: str) -> list[str]:
    """That this was printed: one text, or lines where it is long; of many lines the first, and how many there are."""
    try:
        lines = str(ast.literal_eval(text)).splitlines()
    except (ValueError, SyntaxError):
        return [f"assert {read} == {text}"]
    if len(text) <= LONG_TEXT or len(lines) < FEW_LINES:
        return [f"assert {read} == {text}"]
    if len(lines) <= MOST_LINES:
        return [f"assert {read}.splitlines() == {lines!r}"]
    shown = lines[:MOST_LINES]
    return [
        f"printed = {read}.splitlines()",
        f"assert printed[:{len(shown)}] == {shown!r}",
        f"assert len(printed) == {len(lines)}",
    ]


def world_check(label: str, text: str) -> list[str]:
    """What a call left behind outside of the process, or asked of a fake."""
    kind, _, name = label.partition(":")
    path = f"(tmp_path / {json.dumps(name, ensure_ascii=False)})"
    match kind:
        case "file":
            read = "read_bytes" if text.startswith(("b'", 'b"')) else "read_text"
            return [_equal(f"{path}.{read}()", text)]
        case "folder":
            return [f"assert {path}.is_dir()"]
        case "gone" | "unlinked":
            return [f"assert not {path}.{'exists' if kind == 'gone' else 'is_symlink'}()"]
        case "mode":
            return [f"assert {path}.stat().st_mode & 0o777 == {text}"]
        case "asked":
            return [_equal(f"{name}.asked", text)]
        case "module":
            return [_equal(name, text)]
        case "logged":
            return [_equal("caplog.messages", text)]
    return []


def spoken(text: str) -> str:
    """The text, or the texts one after the other, that source text stands for; without a folder that is in it."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _FORMATTED.sub("", text).replace("{tmp_path}", "").strip("\"'")
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


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
    return split_lines(checks)


def _follow_ups(observed: Observed, call: Call) -> list[str]:
    """What the calls after the one under test give."""
    checks = []
    for number, template in enumerate(observed.after):
        text = template.replace("{self}", call.receiver)
        facts = observed.observation.facts
        text = f"{text}\n    pass" if text.endswith(":") else text
        if error := facts.get(f"after:{number}:error"):
            checks.append(f"with pytest.raises({error}):\n    " + text.replace("\n", "\n    "))
        elif is_statement(text) or facts.get(f"after:{number}") in (None, "", "None"):
            checks.append(text)
        else:
            checks.append(_equal(operand(text), facts[f"after:{number}"]))
    return split_lines(checks)


def changed_arguments(observed: Observed) -> list[str]:
    """The arguments whose state is checked, in order: `a0` by place, `k_name` by keyword, `t0` of what is returned."""
    labels = [*observed.observation.shown, *observed.needed]
    checked = {label[9:].partition(":")[0] for label in labels if label.startswith("argument:")}
    ordered = [*(f"a{place}" for place in range(len(observed.arguments))), *(f"k_{name}" for name in observed.keywords)]
    ordered += [f"t{place}" for place in range(len(observed.handed_over))]
    return [name for name in ordered if name in checked]


def changing(observed: Observed, target: Target) -> str:
    """Which arguments the call changed, or kept as they were, if it gave nothing."""
    if observed.observation.facts.get("result") != "None":
        return ""
    known = names.of_parameters(target, len(observed.arguments)) or ()
    by_place = {f"a{place}": name for place, name in enumerate(known)}
    by_place |= {f"t{place}": name for place, name in enumerate(names_of_handed(observed))}
    changed = [by_place.get(name, name.removeprefix("k_")) for name in changed_arguments(observed)]
    verb = "changes" if any(label.startswith("argument:") for label in observed.observation.shown) else "keeps"
    return f"{verb}_{names.listed(changed)}" if changed else ""


def names_of_handed(observed: Observed) -> list[str]:
    """Names for what the returned function is called with: those of its parameters, as far as they are known."""
    known = [name for name in observed.handed if name.isidentifier()]
    return [*known, *(f"given_{place}" for place, _ in enumerate(observed.handed_over))][: len(observed.handed_over)]


def operand(text: str) -> str:
    """The text as an operand: `a == b` in parentheses, for `a == b is True` is a chain of comparisons."""
    tree = ast.parse(text.removeprefix("await "), mode="eval").body
    return f"({text})" if isinstance(tree, ast.Compare | ast.BinOp | ast.BoolOp | ast.UnaryOp) else text


def _equal(left: str, right: str) -> str:
    if right in SINGLETONS:
        return f"assert {left} is {right}"
    if right == 'float("nan")':
        return f"assert math.isnan({left})"
    if LONG_FLOAT.fullmatch(right) or (left.endswith(_OF_ARRAYS) and _is_inexact(right)):
        return f"assert {left} == pytest.approx({right})"
    return f"assert {left} == {with_ranges(right)}"


def _is_inexact(text: str) -> bool:
    """Whether it is a flat list or mapping of numbers, some of which are written with many digits."""
    if not LONG_FLOAT.search(text):
        return False
    try:
        value = ast.literal_eval(text)
    except ValueError:  # a call is in it
        return False
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return all(isinstance(item, int | float) for item in items)


def raises(observed: Observed) -> str:
    facts = observed.observation.facts
    return expected("raises", facts["error"], facts["message"])


def expected(manner: str, kind: str, text: str) -> str:
    """`pytest.raises` or `pytest.warns` with the whole message or its telling line, where these can be matched."""
    message = ast.literal_eval(text)
    if "{tmp_path}" in message:
        escaped = repr(message.replace("{", "{{").replace("}", "}}").replace("{{tmp_path}}", "{tmp_path}"))
        return f"pytest.{manner}({kind}, match=re.escape(f{escaped}))"
    line = telling_line(message)
    if not line or len(line) > 120 or "0x" in line or not line.isprintable():
        return f"pytest.{manner}({kind})"
    pattern = re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", line)
    return f"pytest.{manner}({kind}, match={_quoted(f'^{pattern}$' if line == message else pattern)})"


def telling_line(message: str) -> str:
    """The message; of one with several lines the first that is set below another, or else the first of all.

    Details in brackets, as of pydantic, are left out: they repeat the input.
    """
    first, *others = message.splitlines() or [""]
    if not others:
        return message
    indented = [line.strip() for line in others if line.strip() and line[0].isspace()]
    return re.sub(r" \[\w+=.*", "", indented[0]) if indented else first


def _quoted(pattern: str) -> str:
    if "\\" not in pattern:
        return repr(pattern)
    for quote in ('"', "'"):
        if quote not in pattern and not pattern.endswith("\\"):
            return f"r{quote}{pattern}{quote}"
    return repr(pattern)


def is_statement(text: str) -> bool:
    try:
        ast.parse(text.removeprefix("await "), mode="eval")
    except SyntaxError:
        return True
    return False


def split_lines(lines: Iterable[str]) -> list[str]:
    return [part for line in lines for part in line.split("\n")]
