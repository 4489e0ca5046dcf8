"""Argument lists that a module's own command line takes, out of its calls of `add_argument` and the like."""

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from aitestgen.analyse.source import dotted, last_name

ARGUMENT_LISTS = frozenset({"argv", "args", "arguments", "cli_args", "command_line"})
"""What a parameter is called that takes such a list."""
_DECLARING = frozenset({"add_argument", "option", "argument"})
_FLAGS = frozenset({"store_true", "store_false", "count", "store_const", "append_const"})
_MOST = 24
_MODULES = frozenset({"click", "typer"})
_NUMBERS = {"int": ("3", "0"), "float": ("1.5", "0")}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Option:
    """`flag` is empty for a positional argument; `values` are such as it may take, none where it takes none."""

    flag: str
    values: tuple[str, ...]
    required: bool


def argument_lists(tree: ast.Module) -> tuple[str, ...]:
    """At most 24 lists as source text: what has to be given, then with each option and each of its values, then none.

    Each subcommand has the options that are declared on it; those of the whole program come before it.
    """
    groups = _groups(tree)
    program = groups.pop("", [])
    if not program and not groups:
        return ()
    before = _needed(program)
    turns = [[[*before, name, *one] for one in _lists(options)] for name, options in groups.items()]
    lists = [one for turn in itertools.zip_longest(*turns) for one in turn if one is not None]
    lists += [] if groups and not program else _lists(program)
    return tuple(dict.fromkeys(map(repr, [*lists, []])))[:_MOST]


def lists_of_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    """The same for one function that click has made a command of; none where it has not."""
    if not any(map(_is_click, function.decorator_list)):
        return ()
    options = [one for decorator in reversed(function.decorator_list) for one in _declared(decorator)]
    return tuple(dict.fromkeys(map(repr, _lists(options))))[:_MOST]


def _lists(options: list[_Option]) -> list[list[str]]:
    needed = _needed(options)
    each = [[*needed, *_given(one, value)] for one in options if not one.required for value in _choices(one)]
    together = [text for one in options if one.flag and not one.required for text in _given(one, one.values[-1:])]
    return [needed, *each, [*needed, *together], [], [*needed, "--unknown"]]


def _needed(options: list[_Option]) -> list[str]:
    return [text for one in options if one.required for text in _given(one, one.values[:1])]


def _choices(one: _Option) -> list[tuple[str, ...]]:
    return [(value,) for value in one.values] or [()]


def _given(one: _Option, values: tuple[str, ...]) -> list[str]:
    return [*([one.flag] if one.flag else []), *values]


def _groups(tree: ast.Module) -> dict[str, list[_Option]]:
    """The options by the subcommand that they belong to, in the order of the source; "" for the program itself."""
    groups: dict[str, list[_Option]] = {}
    commands: dict[str, str] = {}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.Expr | ast.FunctionDef)]
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(node, ast.FunctionDef):
            command = node.name.replace("_", "-") if any(map(_is_command, node.decorator_list)) else ""
            options = [one for decorator in reversed(node.decorator_list) for one in _declared(decorator)]
            if command or options:
                groups.setdefault(command, []).extend(options)
        elif isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            if node.value.func.attr == "add_parser" and node.value.args:
                command = _text(node.value.args[0])
                groups.setdefault(command, [])
                if isinstance(node, ast.Assign):
                    commands[dotted(node.targets[0])] = command
            else:
                groups.setdefault(commands.get(dotted(node.value.func.value), ""), []).extend(_declared(node.value))
    return {command: options for command, options in groups.items() if command or options}


def _declared(node: ast.expr) -> Iterator[_Option]:
    """The option that a call declares."""
    if isinstance(node, ast.Call) and last_name(node.func) in _DECLARING:
        names = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if names:
            yield _option(names, {keyword.arg or "": keyword.value for keyword in node.keywords})


def _option(names: list[str], said: dict[str, ast.expr]) -> _Option:
    flags = [name.partition("/")[0] for name in names if name.startswith("-")]
    flag = max(flags, key=len, default="")
    required = _is_true(said.get("required")) if flag else _text(said.get("nargs")) not in {"*", "?"}
    is_flag = _text(said.get("action")) in _FLAGS or _is_true(said.get("is_flag")) or any("/" in name for name in names)
    values = () if flag and is_flag else _values(flag or names[0], said)
    return _Option(flag=flag, values=values, required=required)


def _values(name: str, said: dict[str, ast.expr]) -> tuple[str, ...]:
    chosen = said.get("choices") or said.get("type")
    listed = [node for node in ast.walk(chosen) if isinstance(node, ast.List | ast.Tuple | ast.Set)] if chosen else []
    choices = [item.value for node in listed[:1] for item in node.elts if isinstance(item, ast.Constant)]
    if choices:
        return (*map(str, choices), "other")
    kind = last_name(said["type"]) if "type" in said else ""
    return _NUMBERS.get(kind, (name.lstrip("-"),))


def _is_command(decorator: ast.expr) -> bool:
    func = decorator.func if isinstance(decorator, ast.Call) else decorator

    return isinstance(func, ast.Attribute) and func.attr == "command" and last_name(func.value) not in _MODULES


def _is_click(decorator: ast.expr) -> bool:
    func = decorator.func if isinstance(decorator, ast.Call) else decorator
    return last_name(func) in {"command", "group"}


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _text(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""
