"""Neighbours of plain values: numbers moved, texts edited, items added, changed and left out."""

import re
from collections.abc import Callable
from random import Random
from typing import Any

from aitestgen_guest.arguments import characters, tables
from aitestgen_guest.arguments.pool import Pool, is_plain

REWORDED = 0.3
"""How often a text of several words is changed by words, and not by letters."""
FILLED = 0.25
"""How often something else is put between the brackets of a text that has some."""
RESPELLED = 0.15
"""How often a text is spelled anew in characters of a kind that the module tests for, where it tests for any."""
_BRACKETS = re.compile(r"([(\[{<][%#!?$]?[(\[{<]*)([^()\[\]{}<>]*?)([%#!?]?[)\]}>]+)")
_SEPARATED = re.compile(r"([\s,;:/|.=&-]+)")


class Editor:
    """Changes values by one step, drawn from the seeded generator; `number` makes items for empty lists."""

    def __init__(self, random: Random, pool: Pool, number: "Callable[[], Any]") -> None:
        self.random = random
        self.pool = pool
        self.number = number
        self.alphabets: tuple[str, ...] = ()
        """Those of the kinds of characters that the module tests for."""

    def neighbour(self, value: Any) -> Any:
        """The value after one step. Raises ValueError for what has no neighbours."""
        if isinstance(value, bool) or value is None:
            return self.random.choice((True, False)) if value is not None else None
        if isinstance(value, int):
            return self.random.choice((value + 1, value - 1, -value, value * 2, value // 2, value + 10, 0))
        if isinstance(value, float):
            return self.random.choice((value + 1, value - 1, -value, value / 2, value * 10, 0.0))
        if isinstance(value, str):
            return self.edited(value)
        if isinstance(value, (list, tuple)):
            return type(value)(self._edited_items(list(value)))
        if isinstance(value, dict) and value:
            return self._edited_dict(value)
        raise ValueError(type(value))

    def edited(self, text: str) -> str:
        """The text after one step, at most 160 characters of it; often with a text of the pool in it."""
        if text and self.alphabets and self.random.random() < RESPELLED:
            return characters.respelled(text, self.random.choice(self.alphabets), self.random)
        words = _SEPARATED.split(text)
        if len(words) > 1 and self.random.random() < REWORDED:
            return self._reworded(words)[:160]
        if self.random.random() < FILLED and (brackets := [*_BRACKETS.finditer(text)]):
            return self._filled(text, self.random.choice(brackets))[:160]
        known = self.pool.of(str) or tables.WORDS
        piece = self.random.choice(known)
        place, other = sorted((self.random.randint(0, len(text)), self.random.randint(0, len(text))))
        edits = (
            text[:place] + piece + text[place:], text[:place] + text[place + 1 :], text + piece, piece + text,
            text.upper(), text.lower(), text * 2, text[: len(text) // 2], text + self.random.choice("a1 -_.A\n,"),
            text[:place] + self.random.choice("abcXYZ019 _-") + text[place + 1 :], text.title(), f" {text} ",
            text[:place] + text[other:], text[:other] + text[place:], text[:place] + piece + text[other:],
            f"{text}\n{piece}", f"{text}\n{text}", f"{piece}\n{text}", text[:-1],
            f"{text} {piece} {text}",
        )  # fmt: skip
        return self.random.choice(edits)[:160]

    def _filled(self, text: str, brackets: "re.Match[str]") -> str:
        """The text with a few words that the module knows, or plain ones, between these brackets."""
        known = [word for word in self.pool.of(str) if word.isidentifier()]
        words = [self.random.choice((*known, *tables.NAMES)) for _ in range(self.random.choice((0, 1, 2, 2, 2, 3, 4)))]
        inside = self.random.choice((" ", " ", *self.pool.signs)).join(words)
        return f"{text[: brackets.end(1)]}{inside}{text[brackets.start(3) :]}"

    def _reworded(self, words: "list[str]") -> str:
        """The words, and what separates them, after one step: one is another's, known, new or left out, or all are."""
        place = self.random.randrange(0, len(words), 2)
        other = self._word(words[::2])
        step = self.random.random()
        if step < 0.5:
            words = [*words[:place], other, *words[place + 1 :]]
        elif step < 0.7:
            words = [*words[:place], other, words[1], *words[place:]]
        elif step < 0.85:
            words = words[:place] + words[place + 2 :]
        else:
            return (" " if words[1].isspace() else words[1]).join([other] * len(words[::2]))
        return "".join(words)

    def _word(self, among: "list[str]") -> str:
        roll = self.random.random()
        if roll < 0.4:
            return self.random.choice(among)
        if roll < 0.7:
            return str(self.random.choice(self.pool.of(str) or tables.WORDS))
        return str(self.random.choice(self.pool.of(int) or (1,)))

    def _edited_items(self, items: "list[Any]") -> "list[Any]":
        roll = self.random.random()
        if items and roll < 0.35:
            place = self.random.randrange(len(items))
            try:
                items[place] = self.neighbour(items[place])
            except ValueError:
                items.pop(place)
        elif items and roll < 0.5:
            items.pop(self.random.randrange(len(items)))
        elif items and roll < 0.7:
            items.append(self.random.choice(items))
        elif items and roll < 0.8:
            self.random.shuffle(items)
        else:
            items.append(self.number() if not items or isinstance(items[0], int) else items[0])
        return items[:12]

    def _edited_dict(self, value: "dict[Any, Any]") -> "dict[Any, Any]":
        changed = dict(value)
        key = self.random.choice(list(changed))
        if self.random.random() < 0.3:
            del changed[key]
            return changed
        changed[key] = self.neighbour(changed[key]) if is_plain(changed[key]) and changed[key] is not None else 1
        return changed
