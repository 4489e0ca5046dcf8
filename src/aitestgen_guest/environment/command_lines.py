"""The words of command lines: as a parser of argparse takes them, once the module has made one; else any.

The analysis of the source offers whole lines, for click and typer too. The parser knows what loops and functions
declared on it, and is asked for any number of lines.
"""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aitestgen_guest.arguments.pool import Pool

OFTEN = 0.4
"""How often an option is given that may be left out."""
NEARLY_ALWAYS = 0.96
WRONG = 0.1
"""How often a word is left out, or one more given, so that the parser refuses the line."""
MOST_DEPTH = 3
_FILE = re.compile(r"(^|_)(file|path|input|output|infile|outfile|source|src|dest|filename)s?(_|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One option or positional argument: between `least` and `most` values of a kind, or one of the `choices`."""

    name: str = ""
    flags: tuple[str, ...] = ()
    least: int = 1
    most: int = 1
    choices: tuple[str, ...] = ()
    kind: str = "text"
    required: bool = False


@dataclass(slots=True, kw_only=True)
class Grammar:
    """What one parser takes; of `commands`, where it has some, one ends the line."""

    arguments: list[Argument] = field(default_factory=list)
    commands: "dict[str, Grammar]" = field(default_factory=dict)
    needs_command: bool = False


class Parsers:
    """Notes the parser to which the module hands its command line."""

    def __init__(self) -> None:
        self.grammar: Grammar | None = None
        self._inside = False

    def noting(self, parse: "Callable[..., Any]") -> "Callable[..., Any]":
        """`ArgumentParser.parse_known_args`, which calls itself for commands."""

        def parsed(parser: Any, *arguments: Any, **named: Any) -> Any:
            if self._inside:
                return parse(parser, *arguments, **named)
            self._inside = True
            try:
                self.grammar = grammar_of(parser)
                return parse(parser, *arguments, **named)
            finally:
                self._inside = False

        return parsed


def grammar_of(parser: argparse.ArgumentParser, depth: int = 0) -> Grammar:
    """What the parser takes, but for help and version."""
    grammar = Grammar()
    for action in parser._actions:  # argparse has no other way to ask
        if isinstance(action, (argparse._HelpAction, argparse._VersionAction)):
            continue
        if isinstance(action, argparse._SubParsersAction):
            grammar.needs_command = bool(action.required)
            grammar.commands = {
                name: grammar_of(inner, depth + 1) for name, inner in action.choices.items() if depth < MOST_DEPTH
            }
        else:
            grammar.arguments.append(_argument(action))
    return grammar


def _argument(action: argparse.Action) -> Argument:
    name = getattr(action.type, "__name__", "")
    is_file = isinstance(action.type, argparse.FileType) or name == "Path" or _FILE.search(action.dest) is not None
    least, most = _count(action.nargs)
    return Argument(
        name=action.dest,
        flags=tuple(action.option_strings),
        least=least,
        most=most,
        choices=tuple(map(str, action.choices or ())),
        kind=name if name in ("int", "float") else "file" if is_file else "text",
        required=bool(action.required),
    )


def _count(nargs: "int | str | None") -> "tuple[int, int]":
    if isinstance(nargs, int):
        return nargs, nargs
    return {"?": (0, 1), "*": (0, 3), "+": (1, 3), argparse.REMAINDER: (0, 3)}.get(nargs or "", (1, 1))


class CommandLines:
    """Makes and changes the words of command lines, drawn from a seeded generator."""

    def __init__(self, random: Random, pool: Pool, word: "Callable[[str], str]") -> None:
        self.random = random
        self.pool = pool
        self.word = word
        """Makes a word for what is called so, or for nothing in particular."""
        self.files: Sequence[str] = ()
        self.flags: Sequence[str] = ()

    def made(self, grammar: "Grammar | None") -> "list[str]":
        """The words after the program's name."""
        if grammar is None:
            return [self._any() for _ in range(self.random.choice((0, 1, 1, 2, 2, 3, 4)))]
        words = self._words(grammar)
        return self.changed(words, None) if self.random.random() < WRONG else words

    def changed(self, words: "list[str]", grammar: "Grammar | None") -> "list[str]":
        """Another line where there is a grammar; else one word less or more."""
        if grammar is not None and self.random.random() > WRONG:
            return self.made(grammar)
        place = self.random.randint(0, len(words))
        if place < len(words) and self.random.random() < OFTEN:
            return [*words[:place], *words[place + 1 :]]
        return [*words[:place], self._any(), *words[place:]]

    def _any(self) -> str:
        if self.flags and self.random.random() < 0.5:
            return str(self.random.choice(self.flags))
        return str(self.random.choice(self.files)) if self.files and self.random.random() < 0.3 else self.word("")

    def _words(self, grammar: Grammar) -> "list[str]":
        words = [word for one in grammar.arguments for word in self._given(one)]
        if grammar.commands and self.random.random() < (NEARLY_ALWAYS if grammar.needs_command else OFTEN * 2):
            name = self.random.choice([*grammar.commands])
            words += [name, *self._words(grammar.commands[name])]
        return words

    def _given(self, one: Argument) -> "Iterator[str]":
        chance = NEARLY_ALWAYS if one.required or not one.flags else OFTEN
        if self.random.random() > chance:
            return
        if one.flags:
            yield max(one.flags, key=len)
        for _ in range(self.random.randint(one.least, one.most)):
            yield self._value(one)

    def _value(self, one: Argument) -> str:
        if one.choices:
            return self.random.choice(one.choices)
        if one.kind in ("int", "float"):
            number = self.random.choice((*self.pool.of(int), 0, 1, 3, 5)) + self.random.choice((0, 0, 1, -1))
            return str(number) if one.kind == "int" else str(number + self.random.choice((0, 0.5)))
        if one.kind == "file" and self.files:
            return self.random.choice(self.files)
        return self.word(one.name)
