"""Makes and changes the worlds of cases: what lies in files, variables, input, and in the answers of fakes."""

import ast
import functools
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.caught import caught_failures, notifies
from aitestgen_guest.arguments.named import MISNAMED, misnamed
from aitestgen_guest.arguments.paths import paths_in
from aitestgen_guest.environment import file_times, links
from aitestgen_guest.environment.command_lines import CommandLines
from aitestgen_guest.environment.contents import Contents, columns_sought, strings_in
from aitestgen_guest.environment.documents import kinds_read
from aitestgen_guest.environment.faked import FAKED, SERVERS
from aitestgen_guest.environment.folders import FILE_NAME
from aitestgen_guest.environment.mentions import has_threads
from aitestgen_guest.environment.outside import Outside
from aitestgen_guest.shapes import Case

MAX_TEXT = 500
_FILE_CONSTANT = re.compile(r"[\w-]+(\.[\w-]+)?\.\w{1,6}")
_MENTIONED = re.compile(r'tmp_path((?: / \\*"[\w. -]+\\*")+)')
_OPENED = re.compile(r"IO|sqlite3")
_TABLES = re.compile(r"\bpandas\b")
_ZONED = re.compile(r"\b(tzinfo|astimezone|utcoffset|timezone|ZoneInfo)\b")
_PART = r"\.?\w([\w. -]*\w)?"
_READABLE = re.compile(rf"{_PART}(/{_PART})*/?")
"""A path without a part that a reader would take for a slip: blank at an end, or with a dot there."""
_PATTERN = re.compile(r"'((?:~/)?[\w. /-]*\*[\w. */?-]*)'")
"""A text that is a pattern of file names."""
_LOOKS_BELOW = re.compile(r"\b(walk|rglob|iterdir|listdir|scandir|glob|iglob)\(")
_STEMS = ("a", "b", "notes", "d")
BELOW, EMPTY = 0.5, "inner"
_FLAG = re.compile(r"--?[a-zA-Z][\w-]*")
_CALLS_FUNCTIONS = re.compile(r"\bCallable\b|\b(func|function|callback|action|fn|job|work|task)\(")


class Surroundings:
    """The worlds of one module's cases. Everything is drawn from the maker's seeded generator."""

    def __init__(self, outside: Outside, maker: inputs.Maker) -> None:
        self.outside = outside
        self.maker = maker
        self.random = maker.random
        reads = bool(kinds_read(outside.source))
        self.strings = strings_in(outside.source) if outside.active or reads else []
        self.contents = Contents(outside.source if outside.active or reads else "", maker, self.strings)
        maker.document = self.contents.document if reads else None
        maker.sent = self._sent
        maker.caught = caught_failures(outside.source)
        maker.columns = columns_sought(outside.source) if _TABLES.search(outside.source) else []
        maker.zoned = bool(_ZONED.search(outside.source))
        maker.has_threads = has_threads(outside.source)
        maker.calls_functions = bool(_CALLS_FUNCTIONS.search(outside.source))
        maker.notifies = notifies(outside.source)
        self.paths = paths_in(outside.source) if outside.active or _OPENED.search(outside.source) else None
        self.looks_below = bool(_LOOKS_BELOW.search(outside.source))
        self.named = [text for text in self.strings if _FILE_CONSTANT.fullmatch(text)] if outside.active else []
        self.command_lines = CommandLines(maker.random, maker.pool, self.contents.value_of)
        if "argv" in outside.means:
            self.command_lines.flags = sorted(set(_FLAG.findall(" ".join(self.strings))))
            self.command_lines.files = [*self.named, "data.txt"] if "files" in outside.means else []
            maker.command_line = self._command_line

    def surround(self, case: Case) -> None:
        """Give the case a world of what its module asks for."""
        if not self.outside.varied:
            return
        case.pop("world", None)
        world: dict[str, Any] = {}
        if "files" in self.outside.means:
            world.update(self._laid_out(case))
            self._date(world)
        if "env" in self.outside.means:
            world["env"] = {key: self.contents.value_of(key) for key in self._variables() if self.random.random() < 0.6}
        if "stdin" in self.outside.means:
            world["stdin"] = "".join(
                line + "\n" for line in self.contents.words(self.random.choice((0, 1, 1, 2, 3, 4)))
            )
        if "argv" in self.outside.means and self.random.random() < 0.8:
            world["argv"] = self._command_line()
        answers = {n: self._answers(n) for n in FAKED if n in self.outside.means}
        world.update({"answers": answers} if answers else {})
        if self.outside.dated:
            world["moment"] = self._moment()
        if world:
            case["world"] = world

    def change(self, case: Case) -> None:
        """Another world, or the same with one part of it changed."""
        world = case.get("world")
        if not world or self.random.random() < 0.3:
            self.surround(case)
            return
        part = self.random.choice(list(world))
        if part in ("files", "links"):
            self._change_files(world)
        elif part == "times":
            self._date(world)
        elif part == "env":
            self._change_variables(world)
        elif part == "stdin":
            world["stdin"] = self.contents.edited(world["stdin"])
        elif part == "argv":
            world["argv"] = self.command_lines.changed(world["argv"], self.outside.parsers.grammar)
        elif part == "moment":
            world["moment"] = self._moment()
        else:
            name = self.random.choice(list(world["answers"]))
            world["answers"][name] = self._changed_answers(name, world["answers"][name])

    def _moment(self) -> "list[int]":
        """Year, month, day, hour and minute of a moment, near those that the code speaks of."""
        hours = [hour for hour in self.maker.pool.of(int) if 0 <= hour < 24] or [8]
        hour = (self.random.choice((12, 12, *hours)) + self.random.choice((0, 0, -1, 1))) % 24
        year, month, day = self.random.choice(
            ((2024, 2, 29), (2024, 1, 1), (2023, 12, 31), (2023, 6, 15), (2024, 2, 28))
        )
        return [year, month, day, hour, self.random.choice((0, 30))]

    # -- files --------------------------------------------------------------------------------------------------
    def _date(self, world: "dict[str, Any]") -> None:
        """Tell when the files of the world were changed, if the code reads it."""
        if self.outside.times.read and world.get("files"):
            world["times"] = file_times.chosen(world["files"], self.maker.pool.of(int), self.random)

    def _laid_out(self, case: Case) -> "dict[str, Any]":
        """Files, and links to them where the code asks for such."""
        return self._linked(self._files(case))

    def _linked(self, files: "dict[str, str | None]") -> "dict[str, Any]":
        files, found = links.chosen(files, self.random) if self.outside.has_links else (files, {})
        return {name: part for name, part in (("files", files), ("links", found)) if part}

    def _files(self, case: Case) -> "dict[str, str | None]":
        files: dict[str, str | None] = {}
        mentioned = sorted(set(_MENTIONED.findall(json.dumps(case))))
        for text in mentioned:
            name = "/".join(re.findall(r'"([\w. -]+)\\*"', text))
            if "missing" in name or self.random.random() < 0.2:
                continue
            if "." not in name.rpartition("/")[2] or self.random.random() < 0.05:
                files[name] = None
            else:
                files[name] = self.contents.content(name)
        if self.looks_below:
            files.update(self._below([name for name, text in files.items() if text is None]))
        files.update(self._matching(sorted(set(_PATTERN.findall(json.dumps(case))))))
        for name in self._others():
            if self.random.random() < 0.4 and name not in files:
                files[name] = (
                    self.contents.content(name)
                    if "." in name.strip(".")
                    else self.random.choice((None, self.contents.content(name)))
                )
        if "tmp_path" in json.dumps(case) and self.random.random() < 0.5 and not any(files.values()):
            files.update({name: self.contents.content(name) for name in self._some_names()})
        return _consistent(files)

    def _below(self, folders: "list[str]") -> "dict[str, str | None]":
        """What lies in some of the folders: files, and folders with files or with nothing in them."""
        filled = [folder for folder in folders if self.random.random() < BELOW]
        names = [f"{folder}/{name}" for folder in filled for name in self._some_names()]
        empty = [f"{folder}/{EMPTY}" for folder in filled if self.random.random() < BELOW]
        return {**{name: self.contents.content(name) for name in names}, **dict.fromkeys(empty)}

    def _matching(self, patterns: "list[str]") -> "dict[str, str | None]":
        """Files and folders that patterns of file names match."""
        found: dict[str, str | None] = {}
        for pattern in patterns:
            plain = pattern.removeprefix("~/").replace("**/", self.random.choice(("", "folder/"))).replace("**", "*")
            name = "".join(self.random.choice(_STEMS) if sign in "*?" else sign for sign in plain)
            is_folder = "." not in name.rpartition("/")[2] and self.random.random() < BELOW
            found[name] = None if is_folder else self.contents.content(name)
        return found

    def _others(self) -> "list[str]":
        words = ["data.txt"] if "argv" in self.outside.means else []
        asked = [name for name in sorted(self.outside.names) if FILE_NAME.fullmatch(name) and "missing" not in name]
        known = [*words, *self.named, *filter(_READABLE.fullmatch, asked)]
        return list(dict.fromkeys(known))[:12]

    def _some_names(self) -> "list[str]":
        suffixes = [text for text in self.strings if re.fullmatch(r"\*?\.[A-Za-z]\w{0,4}", text)] or [".txt"]
        return [
            self.random.choice((*_STEMS, "folder/c", ".hidden")) + self.random.choice([*suffixes, ".txt"]).lstrip("*")
            for _ in range(self.random.randint(1, 3))
        ]

    def _change_files(self, world: "dict[str, Any]") -> None:
        files = world.pop("files", {})
        world.pop("links", None)
        name = self.random.choice(list(files) or ["data.txt"])
        files.setdefault(name, "")
        roll = self.random.random()
        if roll < 0.2:
            del files[name]
        elif roll < 0.5 or files[name] is None:
            files[name] = self.contents.content(name)
        else:
            files[name] = self.contents.edited_content(files[name])
        if self.random.random() < 0.25:
            files.update(
                {
                    other: self.contents.content(other)
                    for other in self.random.sample([*self._others(), *self._some_names()], 1)
                }
            )
        world.update({"files": {}, **self._linked(_consistent(files))})

    # -- words, variables, arguments ----------------------------------------------------------------------------

    def _variables(self) -> "list[str]":
        known = [text for text in self.strings if re.fullmatch(r"[A-Z][A-Z0-9_]{2,}", text)]
        known += [text + "NAME" for text in self.strings if re.fullmatch(r"[A-Z][A-Z0-9]*_", text)]
        asked = [key for key in sorted(self.outside.keys) if re.fullmatch(r"\w{1,40}", key)]
        return list(dict.fromkeys([*asked, *known]))[:10]

    def _change_variables(self, world: "dict[str, Any]") -> None:
        known = self._variables()
        if not known:
            return
        key = self.random.choice(known)
        if key in world["env"] and self.random.random() < 0.4:
            del world["env"][key]
        else:
            world["env"][key] = self.contents.value_of(key)

    def _command_line(self) -> "list[str]":
        return self.command_lines.made(self.outside.parsers.grammar)

    # -- answers ------------------------------------------------------------------------------------------------
    def _answers(self, name: str) -> "list[str]":
        return [self._answer(name) for _ in range(self.random.choice((1, 1, 1, 2, 3)))]

    def _changed_answers(self, name: str, answers: "list[str]") -> "list[str]":
        place = self.random.randrange(len(answers))
        if self.random.random() < 0.3 and len(answers) < 4:
            return [*answers[:place], self._answer(name), *answers[place:]]
        return [*answers[:place], self._answer(name), *answers[place + 1 :]]

    def _answer(self, name: str) -> str:
        if self.random.random() < 0.2:
            return self.random.choice(FAKED[name].errors)
        if name in SERVERS:
            codes = [code for code in self.maker.pool.of(int) if 200 <= code < 600]
            status = self.random.choice((200, 200, 200, *codes, 404, 500))
            return FAKED[name].answer.format(status, repr(self._body().encode()))
        if name == "commands":
            code = self.random.choice((0, 0, 0, 1, 2))
            output = self._body() if self.random.random() < 0.85 else ""
            return repr((code, output)) if self.random.random() < 0.8 else repr((code, output, "failed\n"))
        if name in ("network", "streams"):
            return repr(self._sent().encode())
        return "None"

    def _sent(self) -> str:
        """What a peer sends: often several bodies, each of which is a line."""
        bodies = [self._body() for _ in range(self.random.choice((1, 1, 1, 2, 3)))]
        return "".join(body if body.endswith("\n") else body + "\n" for body in bodies)

    def _body(self) -> str:
        if "json" in self.contents.speaks:
            return self.contents.json()
        return "".join(line + "\n" for line in self.contents.words(self.random.choice((0, 1, 1, 2, 3))))

    # -- neighbours by what was compared, and smaller ones --------------------------------------------------------
    def substituted(self, case: Case, old: Any, new: Any) -> "Iterator[Case]":
        """Worlds in which a text that was compared is replaced by its partner, where it came from the world."""
        world = case.get("world")
        if not world or type(old) not in _FOUND_IN_WORLDS or "aitestgen" in str(old):
            return
        holds_some = type(new) in (list, tuple, set, frozenset, dict)
        partners = sorted(str(item) for item in [*new][:4] if type(item) in _FOUND_IN_WORLDS) if holds_some else [new]
        before = old.decode("latin-1") if isinstance(old, bytes) else str(old)
        for partner in partners[:3]:
            if type(partner) not in _FOUND_IN_WORLDS or not before:
                continue
            after = partner.decode("latin-1") if isinstance(partner, bytes) else str(partner)
            pairs = dict.fromkeys(((before, after), (_escaped(before), _escaped(after))))
            for pair in pairs:
                for changed in itertools.islice(_replaced(world, *pair), 3):
                    yield from _with_world(case, changed)


_FOUND_IN_WORLDS = (str, int, float, bytes)
"""No classes derived from them: how those are written is the module's own code."""


def world_weight(case: Case) -> int:
    """How much there is to read in the world of a case."""
    world = case.get("world")
    if not world:
        return 0
    odd = sum(_misnamed(text) for text in world.get("files", {}).values() if text)
    return len(json.dumps(world)) // 4 + MISNAMED * odd


@functools.lru_cache(maxsize=2048)
def _misnamed(text: str) -> int:
    """How many values of a JSON document are not what their keys say."""
    try:
        return misnamed(json.loads(text)) if text[0] in "[{" else 0
    except (ValueError, RecursionError):
        return 0


def _escaped(text: str) -> str:
    return text.encode("unicode_escape").decode()


def _replaced(part: Any, before: str, after: str) -> "Iterator[Any]":
    """Copies in which one text that contains `before` has `after` there."""
    if isinstance(part, str):
        place = part.lower().find(before.lower())
        if place >= 0:
            yield part[:place] + after + part[place + len(before) :]
    elif isinstance(part, dict):
        for name, item in part.items():
            yield from ({**part, name: changed} for changed in _replaced(item, before, after))
    elif isinstance(part, list):
        for place, item in enumerate(part):
            yield from ([*part[:place], changed, *part[place + 1 :]] for changed in _replaced(item, before, after))


def _with_world(case: Case, world: "dict[str, Any]") -> "Iterator[Case]":
    try:
        for answers in world.get("answers", {}).values():
            for answer in answers:
                ast.parse(answer, mode="eval")
    except (ValueError, SyntaxError):
        return
    if not any("\0" in value for value in world.get("env", {}).values()):
        yield {**json.loads(json.dumps(case)), "world": world}


def _consistent(files: "dict[str, str | None]") -> "dict[str, str | None]":
    """The files without those below another file."""
    plain = {name for name, text in files.items() if text is not None}
    return {
        name: text
        for name, text in files.items()
        if FILE_NAME.fullmatch(name) and not any(name.startswith(other + "/") for other in plain)
    }
