"""Candidates as one pytest file, in the style of a good engineer; formatted by ruff with the project's own settings."""

import ast
import builtins
import re
import subprocess
import symtable
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aitestgen.errors import AitestgenError
from aitestgen.helper_imports import HELPER_IMPORTS
from aitestgen.render import fakes
from aitestgen.render.long_texts import with_short_lines
from aitestgen.render.shared_setup import shared_setup, with_setup
from aitestgen.values import Candidate, Style

FORMAT_SECONDS = 20
DEFINITIONS = {
    "collected": """
async def collected(items):
    return [item async for item in items]
""",
    "read_twice": """
def read_twice(descriptor):
    class Owner:
        value = descriptor

    owner = Owner()
    return [owner.value, owner.value]
""",
    "sent_to": '''
def sent_to(generator, *values):
    """What the generator answers: at first, to each of the values, and with its end, if it comes to that."""
    answers = []
    try:
        answers.append(next(generator))
        for value in values:
            answers.append(generator.send(value))
    except StopIteration as stop:
        answers.append(stop.value)
    return answers
''',
    "clock": '''
class FakeClock:
    """Time that passes only where a test lets it pass."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return FakeClock()
''',
    "clock of event loops": '''
class FakeClock:
    """Time that passes only where a test lets it pass, or where an event loop has nothing to do but to wait."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    fake = FakeClock()
    really_select = selectors.DefaultSelector.select

    def select(selector, timeout=None):
        events = really_select(selector, 1 if timeout is None else 0)
        if not events:
            assert timeout is not None, "nothing is left that could end the waiting"
            fake.advance(timeout)
        return events

    monkeypatch.setattr(selectors.DefaultSelector, "select", select)
    monkeypatch.setattr(asyncio.BaseEventLoop, "time", lambda loop: fake.now)
    return fake
''',
}
"""What tests may use beyond the standard library: written into the file where a test does, and it is not there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFile:
    """A rendered file. `places` tells, for each test function in order, the candidates that became its cases."""

    __test__ = False

    text: str
    places: tuple[tuple[str, tuple[str, ...]], ...]
    existing: tuple[str, ...] = ()
    encoding: str = "utf-8"

    def base_ids(self, file_name: str) -> tuple[str, ...]:
        """The node ids, without parameters, that a complete run reports."""
        return tuple(f"{file_name}::{name}" for name in (*self.existing, *(name for name, _ in self.places)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a file is rendered for: the module, existing tests that come first, and the project's style.

    No test gets a name that is `taken`. `names` can be imported from the module; for those that it imported itself,
    `imports` has a better line.
    """

    module: str
    names: frozenset[str]
    imports: Mapping[str, str] = field(default_factory=dict)
    existing: tuple[str, ...] = ()
    existing_imports: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()
    style: Style = Style()


def render(candidates: Sequence[Candidate], setting: Setting, *, is_formatted: bool = True) -> TestFile:
    """The file that holds all candidates, tests of one target together, tables first."""
    existing = _test_names(setting.existing)
    taken = {name.rpartition("::")[2] for name in existing} | setting.taken
    blocks, places = [], []
    for group in _grouped(candidates):
        table = group[0].table if len(group) > 1 else None
        name = _free(table.name if table else group[0].name, group, taken)
        taken.add(name)
        blocks.append(_table(name, group) if table else _single(name, group[0]))
        places.append((name, tuple(item.id for item in group)))
    shared = shared_setup([block.strip("\n") for block in blocks], {*taken, *setting.names})
    text = _whole([*shared.fixtures, *setting.existing, *shared.tests], candidates, setting)
    text = formatted(text, setting.style) if is_formatted else text
    return TestFile(text=text, places=tuple(places), existing=existing)


def draft(candidate: Candidate, setting: Setting) -> str:
    """The candidate as a file of its own, not formatted."""
    return _whole([candidate.code], [candidate], setting)


def _whole(tests: Sequence[str], candidates: Sequence[Candidate], setting: Setting) -> str:
    """The tests with the definitions and imports that they need."""
    classes = dict.fromkeys(text for item in candidates for text in item.definitions)
    body = "\n\n\n".join([*_definitions("\n\n\n".join(tests), setting), *classes, *tests])
    imports = _imports(body, setting, [line for item in candidates for line in item.imports])
    return "\n".join(imports) + "\n\n\n" + body + "\n"


def _grouped(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Rows of one table together, tests in the order of their targets' first appearance."""
    groups: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for item in candidates:
        groups[item.target_id, item.table.key if item.table else item.id].append(item)
    targets = list(dict.fromkeys(item.target_id for item in candidates))
    return sorted(groups.values(), key=lambda group: targets.index(group[0].target_id))


def _table(name: str, group: Sequence[Candidate]) -> str:
    tables = [item.table for item in group if item.table]
    arguments = tables[0].arguments
    if len(arguments) == 1:
        header, rows = repr(arguments[0]), [table.row[0] for table in tables]
    else:
        header, rows = repr(arguments), [f"({', '.join(table.row)})" for table in tables]
    listed = "".join(f"        {row},\n" for row in rows)
    signature = ", ".join(arguments)
    mark = f"@pytest.mark.parametrize(\n    {header},\n    [\n{listed}    ],\n)"
    return f"{mark}\ndef {name}({signature}):\n{tables[0].body}"


def _single(name: str, item: Candidate) -> str:
    return item.code.replace(f"def {item.name}(", f"def {name}(", 1)


def _free(name: str, group: Sequence[Candidate], taken: set[str]) -> str:
    """`name`, or where it is taken, `name` with what tells this test apart."""
    if name not in taken:
        return name
    for suffix in _suffixes(group[0]):
        if f"{name}_{suffix}" not in taken:
            return f"{name}_{suffix}"
    return next(f"{name}_{word}" for word in _ordinals() if f"{name}_{word}" not in taken)


def _suffixes(item: Candidate) -> Iterable[str]:
    if item.table:
        yield "for_" + "_and_".join(item.table.arguments[:-1] or item.table.arguments)
    yield from item.differences


def _ordinals() -> Iterable[str]:
    yield from ("again", "once_more", "in_another_case", "in_a_further_case")
    for first in "abcdefghijklmnopqrstuvwxyz":
        for second in "abcdefghijklmnopqrstuvwxyz":
            yield f"case_{first}{second}"


def _test_names(segments: Sequence[str]) -> tuple[str, ...]:
    found = []
    for segment in segments:
        for node in ast.parse(segment).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                found.append(node.name)
            elif isinstance(node, ast.ClassDef):
                methods = [n.name for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
                found += [f"{node.name}::{name}" for name in methods if name.startswith("test")]
    return tuple(found)


def unknown_names(item: Candidate, setting: Setting) -> frozenset[str]:
    """The names in a candidate's code for which there is no import. Raises SyntaxError where it is no code."""
    used, defined = _names_in("\n\n".join([*item.definitions, item.code]))
    brought = {line.rpartition(" ")[2] for line in item.imports}
    return frozenset(
        n
        for n in used - defined - brought - setting.names
        if n not in (*HELPER_IMPORTS, *DEFINITIONS, *fakes.names()) and not hasattr(builtins, n)
    )


def _imports(body: str, setting: Setting, extra: Iterable[str]) -> list[str]:
    """Import lines for each name that the body uses and neither Python nor the body itself defines."""
    used, defined = _names_in(body)
    wanted = {name for name in used - defined if name in setting.names or not hasattr(builtins, name)}
    lines = set()
    for line in (*extra, *setting.existing_imports):
        name = line.rpartition(" ")[2]
        if name in wanted and (name not in setting.names or line in setting.existing_imports):
            lines.add(line)
            wanted.discard(name)
    own = sorted(name for name in wanted if name in setting.names and name not in setting.imports)
    lines |= {setting.imports[name] for name in wanted if name in setting.imports}
    lines |= {HELPER_IMPORTS[name] for name in wanted if name in HELPER_IMPORTS and name not in setting.names}
    if own:
        lines.add(f"from {setting.module} import {', '.join(own)}")
    return sorted(lines, key=lambda line: (setting.module in line, line))


def _definitions(tests: str, setting: Setting) -> list[str]:
    """The definitions that the tests need, and neither they nor the module bring."""
    used, _ = _names_in(tests)
    tree = ast.parse(tests)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    used |= {argument.arg for node in functions if node.name.startswith("test") for argument in node.args.args}
    used -= {node.name for node in functions} | setting.names
    clock = "clock of event loops" if re.search(r"\basyncio\b", tests) else "clock"
    wanted = [name for name in ("clock", "collected", "read_twice", "sent_to") if name in used]
    found = [DEFINITIONS[clock if name == "clock" else name].strip("\n") for name in wanted]
    return [*found, *fakes.needed(tests, {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)})]


def _names_in(code: str) -> tuple[set[str], set[str]]:
    """The global names that the code reads, wherever it does, and those that it defines itself."""
    try:
        waiting = [symtable.symtable(code, "<tests>", "exec")]
    except (SyntaxError, RecursionError):  # it parses, and cannot be compiled: that is found out when it is run
        return _names_anywhere(code)
    used: set[str] = set()
    defined: set[str] = set()
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        is_top = table.get_type() == "module"
        for symbol in table.get_symbols():
            used.update({symbol.get_name()} if symbol.is_referenced() and (is_top or symbol.is_global()) else ())
            defined.update({symbol.get_name()} if is_top and (symbol.is_assigned() or symbol.is_imported()) else ())
    return used, defined


def _names_anywhere(code: str) -> tuple[set[str], set[str]]:
    """The names that the code reads and those that it binds, in whichever scope."""
    nodes = list(ast.walk(ast.parse(code)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    defined = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    defined |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    return used, defined | {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def formatted(text: str, style: Style = Style()) -> str:
    """`text` with imports sorted, formatted by ruff, its literals in parts where they would not fit on a line."""
    text = _by_ruff(text, style)
    shorter = with_short_lines(text, style.line_length)
    return text if shorter == text else _by_ruff(shorter, style)


def _by_ruff(text: str, style: Style) -> str:
    for command in (["check", "--select", "I,F401", "--fix-only", "--quiet"], ["format", "--quiet"]):
        done = subprocess.run(  # noqa: S603 - fixed program, no shell
            [sys.executable, "-m", "ruff", *command, "--no-cache", *_settings(style), "-"],
            input=text,
            capture_output=True,
            text=True,
            timeout=FORMAT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise AitestgenError(f"ruff could not format the generated tests: {done.stderr.strip()[:300]}")
        text = done.stdout
    return text


def _settings(style: Style) -> list[str]:
    """Those of the project that matter here, given one by one: the rest of its configuration may ask for anything."""
    settings = [f"line-length={style.line_length}"]
    if style.single_quotes:
        settings.append("format.quote-style='single'")
    if style.tabs:
        settings.append("format.indent-style='tab'")
    given = [part for setting in settings for part in ("--config", setting)]
    return ["--isolated", "--stdin-filename", "test_generated.py", *given]


def prints_of(item: Candidate) -> frozenset[str]:
    """What a candidate's test does, whatever it is called: as a test of its own, and as a row of its table."""
    forms = [_single("test_it", item)]
    if item.table:
        forms.append(_table("test_it", [item]))
    return frozenset(found for form in forms for found in prints_in(form))


def prints_in(text: str) -> frozenset[str]:
    """The same for each test function of a file and for each row of its tables."""
    tree = ast.parse(text)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    tests = [node for node in functions if node.name.startswith("test")]
    return frozenset(found for one in tests for found in _prints(one, with_setup(one, tree)))


def names_used_by(item: Candidate) -> frozenset[str]:
    """Every name in a candidate's code, arguments that stand for fixtures too."""
    return frozenset().union(*_names_in(item.code))


def _prints(test: ast.FunctionDef | ast.AsyncFunctionDef, statements: Iterable[ast.stmt]) -> Iterable[str]:
    body = "\n".join(map(ast.dump, statements))
    match test.decorator_list:
        case [ast.Call(ast.Attribute(_, "parametrize"), [names, ast.List(rows)], [])]:
            yield from (f"{ast.dump(names)}\n{ast.dump(row)}\n{body}" for row in rows)
        case decorators:
            yield "\n".join([*map(ast.dump, decorators), body])
