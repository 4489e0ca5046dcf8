"""What lies outside of the process while a case runs: files, environment, streams, the web, commands, chance, dates.

A case may have a part `world`: `files` (name → text, or None for a folder), `env`, `stdin`, `argv`, and `answers` of
fakes (name → source texts). `Outside.around` sets it up in a fresh folder, which a case calls `tmp_path`; what the call
really used is told as lines of a test, and what it left behind as facts. A module that mentions none of it costs
nothing.
"""

import argparse
import builtins
import contextlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from aitestgen_guest.arguments.pool import PRIVATE
from aitestgen_guest.calls.templates import code_of
from aitestgen_guest.environment import bounds, fakes, links
from aitestgen_guest.environment.command_lines import Parsers
from aitestgen_guest.environment.faked import FAKED, answering, made_with, place_of, usable
from aitestgen_guest.environment.file_times import FileTimes
from aitestgen_guest.environment.folders import FOLDER, LARGE, emptied, files_in, modes_in, really_open
from aitestgen_guest.environment.mentions import mentions
from aitestgen_guest.environment.noting import CommandLine, Environment, Logged, Putting, Stdin, text_of, told_by
from aitestgen_guest.shapes import Case, Facts
from aitestgen_guest.tracing.probes import Cut

MAX_FILES = 12
MAX_NAMES = 40
MAX_LOOKS = 1000
_FILES = (
    r"\b(open|Path|pathlib|shutil|tempfile|glob|getcwd|"
    r"os\.(path|listdir|scandir|walk|remove|rename|replace|makedirs|mkdir|stat|unlink))\b|"
    r"\.((read|write)_(text|bytes)|iterdir|is_file|is_dir)\("
)
_MEANS = {
    "files": _FILES,
    "env": r"\b(environ|getenv)\b",
    "stdin": r"\bstdin\b|\binput\(|\bfileinput\b",
    "argv": r"\bargv\b|\bargparse\b",
    "logs": r"\blogging\b|\bgetLogger\b",
    **{name: fake.mentioned for name, fake in FAKED.items()},
}
_HELD = {
    ("uuid", "uuid4"): 'lambda: UUID("12345678123456781234567812345678")',
    ("uuid", "uuid1"): 'lambda: UUID("12345678123456781234567812345678")',
    ("secrets", "token_hex"): 'lambda nbytes=32: "5f" * nbytes',
    ("secrets", "token_urlsafe"): 'lambda nbytes=32: "token" + "a" * nbytes',
    ("secrets", "token_bytes"): 'lambda nbytes=32: b"k" * nbytes',
    ("secrets", "choice"): "lambda items: items[0]",
    ("secrets", "randbelow"): "lambda limit: limit // 2",
    ("os", "urandom"): 'lambda size: b"k" * size',
    ("os", "getpid"): "lambda: 4242",
    ("socket", "gethostname"): 'lambda: "host"',
    ("getpass", "getpass"): 'lambda prompt="": "secret"',
    ("getpass", "getuser"): 'lambda: "alice"',
}
_LOOKING = ("stat", "listdir", "scandir", "mkdir", "rename", "replace", "remove", "unlink", "getcwd", "rmdir", "lstat")
_EXPECTED = (OSError, SystemExit, EOFError, UnicodeError)
_RANDOM_NAME = re.compile(r"tmp\w{8}")


_NOTHING = contextlib.nullcontext()


class Outside:
    """The outside of one module's code. `means` are those that it mentions; `keys` the variables it asked for.

    `cost` is what setting up a world costs, in calls of an average function.
    """

    def __init__(self, source: str, module: ModuleType) -> None:
        self.module = module
        self.source = source
        self.means = usable({name for name, pattern in _MEANS.items() if mentions(source, pattern)})
        self.held = [key for key in _HELD if mentions(source, rf"\b{key[0]}\b") and mentions(source, rf"\b{key[1]}\b")]
        self.dated = mentions(source, r"\bdate(time)?\b.*\.(now|utcnow|today)\(")
        self.varied = bool(self.means - {"logs"} or self.dated)
        self.active = bool(self.means or self.held or self.dated)
        self.cost = 2.5 if "files" in self.means else 1.2 if self.active else 0.0
        self.folder = os.path.realpath(tempfile.gettempdir()) + f"/{PRIVATE}{os.getpid():08}" if self.active else ""
        self.keys: set[str] = set()
        self.names: set[str] = set()
        self._fakes: dict[str, Any] = {}
        self._world: dict[str, Any] = {}
        self._told: list[str] = []
        # Path objects of CPython 3.10 bound the functions of `os` when they were made: what they look at is not seen
        self._destroys = mentions(source, bounds.DESTROYS)
        self.has_links = "files" in self.means and mentions(source, links.ASKS)
        self._unseen = sys.version_info < (3, 11) and "files" in self.means and mentions(source, r"\bPath\b")
        self._relative = False
        self.times = FileTimes(source if "files" in self.means else "", self.folder)
        self._before: dict[str, str | bytes | None] = {}
        self._changes_modes = mentions(source, r"\bchmod\b")
        self._modes: dict[str, int] = {}
        self._stdin = Stdin()
        self._environment = Environment({}, {})
        self._command_line = CommandLine()
        self.parsers = Parsers()
        self._handles: set[int] = set()
        self._looks = 0
        self.errors = io.StringIO()
        self._logged = Logged()

    @property
    def tmp_path(self) -> Path:
        return Path(self.folder)

    # -- setting up ---------------------------------------------------------------------------------------------
    def around(self, case: Case) -> "contextlib.AbstractContextManager[None]":
        """Set up the case's world, and take it away again; `lines` and `facts` then tell what became of it."""
        return self._around(case) if self.active else _NOTHING

    @contextlib.contextmanager
    def _around(self, case: Case) -> "Iterator[None]":
        self._world = case.get("world", {})
        with contextlib.ExitStack() as stack:
            self._enter(stack)
            yield

    def rewind(self) -> None:
        """The files as they were before, nothing asked for."""
        if self.active:
            self._told.clear()
            if "files" in self.means:
                self._lay_out()
            for fake in self._fakes.values():
                fake.asked.clear()

    def begin(self) -> None:
        """The call under test is made: what was done to files before it was done by earlier calls."""
        if "files" in self.means:
            self._before = files_in(self.folder)
            self._modes = modes_in(self.folder) if self._changes_modes else {}

    def _enter(self, stack: contextlib.ExitStack) -> None:
        self._looks = 0
        self._told, self._relative, self._fakes = [], self._unseen, {}
        put = Putting(stack)
        self.errors = io.StringIO()
        put(sys, "stderr", self.errors)
        if "logs" in self.means:
            self._logged = Logged()
            stack.enter_context(self._logged.listening())
        if "files" in self.means:
            self._lay_out()
            self._watch_files(put, stack)
        self._surround(put)
        for name in FAKED:
            if name in self.means:
                self._fake(name, put)
        for key in self.held:
            self._hold(key, put)
        if self.dated:
            self._fix_dates(put)

    def _lay_out(self) -> None:
        emptied(self.folder)
        for name, text in self._world.get("files", {}).items():
            path = f"{self.folder}/{name}"
            if "/" in name or text is None:
                os.makedirs(path if text is None else path.rpartition("/")[0], exist_ok=True)
            if text is not None:
                with open(path, "w", encoding="utf-8", newline="") as file:
                    file.write(text)
        links.lay_out(self.folder, self._world.get("links", {}))
        self.times.lay_out(self._world.get("files", {}), self._world.get("times", {}))

    def _watch_files(self, put: "Putting", stack: contextlib.ExitStack) -> None:
        """Run in the folder, and note which names are looked for and whether it matters where the code runs."""
        home = os.getcwd()
        os.chdir(self.folder)
        stack.callback(os.chdir, home)
        stack.enter_context(bounds.within(self.folder))
        for name in _LOOKING:
            put(os, name, self._noting(getattr(os, name)))
        watched = self._noting(really_open)
        put(os, "open", self._handled(os.open))
        put(builtins, "open", watched)
        put(io, "open", watched)
        put(tempfile, "tempdir", self.folder)

    def _noting(self, real: "Callable[..., Any]") -> "Callable[..., Any]":
        def looked(*arguments: Any, **named: Any) -> Any:
            first = arguments[0] if arguments else ""
            if isinstance(first, int) and real is really_open and first not in self._handles:
                raise Cut  # a file of the jail itself
            if not isinstance(first, (str, Path)):
                return real(*arguments, **named)
            self._note(str(first))
            found = real(*arguments, **named)
            return self.times.seen(first, found) if isinstance(found, os.stat_result) else found

        return looked

    def _handled(self, real: "Callable[..., int]") -> "Callable[..., int]":
        def opened(*arguments: Any, **named: Any) -> int:
            handle = real(*arguments, **named)
            self._handles.add(handle)
            return handle

        return opened

    def _note(self, path: str) -> None:
        if path.startswith(self.folder + "/"):
            self._wanted(path[len(self.folder) + 1 :])
        elif not path.startswith(("/", "<")):
            self._relative = True
            self._wanted(path)
        elif self._destroys and bounds.is_anybodys(path):
            raise Cut  # it is not here, and might be where the test is run

    def _wanted(self, name: str) -> None:
        self._looks += 1
        if self._looks > MAX_LOOKS:
            raise Cut
        if len(self.names) < MAX_NAMES:
            self.names.add(name)

    def _surround(self, put: "Putting") -> None:
        environ: Any = os.environ
        home = {"HOME": self.folder, "COLUMNS": "80"}
        self._environment = Environment(self._world.get("env", {}), home)
        put(environ, "_data", self._environment)
        self._stdin = Stdin(self._world.get("stdin", ""))
        put(sys, "stdin", self._stdin)
        if "argv" in self.means:
            self._command_line = CommandLine(["program", *self._world.get("argv", [])])
            put(sys, "argv", self._command_line)
            parser = argparse.ArgumentParser
            put(parser, "parse_known_args", self.parsers.noting(parser.parse_known_args))

    def _fake(self, name: str, put: "Putting") -> None:
        kind, places = FAKED[name].kind, FAKED[name].places
        fake = self._fakes[name] = kind(*(eval(code_of(text), answering()) for text in self._answers(name)))  # noqa: S307 - in the jail
        for owner, attribute, part in places:
            holder, _ = place_of(self.module, owner, attribute)
            put(holder, attribute, getattr(fake, part[1:]) if part else fake)
            if FAKED[name].made_with:
                put(holder, "__init__", made_with(holder.__init__, FAKED[name].made_with))

    def _answers(self, name: str) -> "list[str]":
        return self._world.get("answers", {}).get(name) or [FAKED[name].plain]

    def _hold(self, key: "tuple[str, str]", put: "Putting") -> None:
        holder, place = place_of(self.module, *key)
        value = eval(code_of(_HELD[key]), answering())  # noqa: S307 - one of the constants above
        line = f'monkeypatch.setattr("{place}", {_HELD[key]})'
        put(holder, key[1], self._telling(value, line))

    def _telling(self, function: "Callable[..., Any]", line: str) -> "Callable[..., Any]":
        def held(*arguments: Any, **named: Any) -> Any:
            self._tell([line])
            return function(*arguments, **named)

        return held

    def _fix_dates(self, put: "Putting") -> None:
        for name, kind in (("datetime", fakes.FixedDateTime), ("date", fakes.FixedDate)):
            holder, place = place_of(self.module, "datetime", name)
            lines = [f'monkeypatch.setattr("{place}", {kind.__name__})']
            moment = self._world.get("moment", list(fakes.FixedDateTime.moment))
            if name == "datetime" and moment != list(fakes.FixedDateTime.moment):
                lines.insert(0, f'monkeypatch.setattr(FixedDateTime, "moment", {tuple(moment)})')
            elif name == "date" and moment[:3] != list(fakes.FixedDate.day_of_today):
                lines.insert(0, f'monkeypatch.setattr(FixedDate, "day_of_today", {tuple(moment[:3])})')
            put(holder, name, told_by(kind, moment, partial(self._tell, lines)))

    def _tell(self, lines: "list[str]") -> None:
        self._told += [line for line in lines if line not in self._told]

    # -- telling ------------------------------------------------------------------------------------------------
    def lines(self) -> "list[str]":
        """What the last case needs of its world, as lines of a test."""
        if not self.active:
            return []
        self.keys |= self._environment.asked - {"COLUMNS", "LINES"}
        return [*self._file_lines(), *self._surrounding_lines(), *self._fake_lines(), *self._told]

    def _file_lines(self) -> "list[str]":
        lines = []
        files = self._world.get("files", {}) if "files" in self.means else {}
        folders = dict.fromkeys(name.rpartition("/")[0] for name in files if "/" in name)
        folders.update({name: None for name, text in files.items() if text is None})
        made = [name for name in folders if not _holds(folders, name)]
        lines += [f'(tmp_path / "{name}").mkdir({"parents=True" if "/" in name else ""})' for name in made]
        lines += [f'(tmp_path / "{n}").write_text({text!r})' for n, text in files.items() if text is not None]
        lines += [*links.lines(self._world.get("links", {})), *self.times.lines()]
        return [*lines, f"monkeypatch.chdir({FOLDER})"] if self._relative else lines

    def _surrounding_lines(self) -> "list[str]":
        lines = self._environment_lines()
        if self._stdin.was_read:
            lines.append(f'monkeypatch.setattr("sys.stdin", io.StringIO({self._stdin.getvalue()!r}))')
        if self._command_line.was_read:
            lines.append(f'monkeypatch.setattr("sys.argv", {["program", *self._world.get("argv", [])]!r})')
        return lines + ([f'monkeypatch.setattr("tempfile.tempdir", str({FOLDER}))'] if self._made_temporary() else [])

    def _made_temporary(self) -> bool:
        return mentions(self.source, r"\btempfile\b")

    def _environment_lines(self) -> "list[str]":
        variables = self._world.get("env", {})
        if self._environment.whole:
            return [f'monkeypatch.setattr("os.environ", {variables!r})']
        lines = []
        for key in sorted(self._environment.asked):
            if key in variables:
                lines.append(f'monkeypatch.setenv("{key}", {variables[key]!r})')
            elif key == "HOME":
                lines.append(f'monkeypatch.setenv("HOME", str({FOLDER}))')
            elif key == "COLUMNS":
                lines.append('monkeypatch.setenv("COLUMNS", "80")')
            elif key.isidentifier() and key not in ("LINES", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
                lines.append(f'monkeypatch.delenv("{key}", raising=False)')
        return lines

    def _fake_lines(self) -> "list[str]":
        lines = []
        for name, fake in self._fakes.items():
            if not fake.asked:
                continue
            kind, places = FAKED[name].kind, FAKED[name].places
            lines.append(f"{name} = {kind.__name__}({', '.join(self._answers(name))})")
            for owner, attribute, part in places:
                if len(places) == 1 or mentions(self.source, rf"\b{attribute}\("):
                    lines.append(f'monkeypatch.setattr("{place_of(self.module, owner, attribute)[1]}", {name}{part})')
        return lines

    def facts(self, literal: "Callable[[Any], str | None]") -> Facts:
        """What the call left behind: files that it made, changed or removed, and what it asked of fakes."""
        facts: Facts = {}
        if not self.active:
            return facts
        if "files" in self.means:
            facts.update(self._file_facts(literal))
        for name, fake in self._fakes.items():
            text = literal(fake.asked) if fake.asked else None
            if text is not None:
                facts[f"asked:{name}"] = text
        if self._logged.messages:
            text = literal(self._logged.messages) or ""
            facts["logged"] = text if "0x" not in text else ""
        if self.errors.getvalue() and "usage: " not in self.errors.getvalue():
            facts["errors"] = literal(self.errors.getvalue()) or ""
        return {label: text for label, text in facts.items() if text}

    def _file_facts(self, literal: "Callable[[Any], str | None]") -> Facts:
        facts: Facts = {}
        after = files_in(self.folder)
        for name, content in sorted(after.items())[:MAX_FILES]:
            known = name in self._before and self._before[name] == content
            if known or _RANDOM_NAME.search(name) or content == LARGE:
                continue
            facts[f"file:{name}" if content is not None else f"folder:{name}"] = literal(content) or ""
        for name in sorted(self._before.keys() - after.keys())[:MAX_FILES]:
            facts[f"{'unlinked' if name in self._world.get('links', {}) else 'gone'}:{name}"] = "True"
        after_modes = modes_in(self.folder) if self._modes else {}
        for name in sorted(self._modes.keys() & after_modes.keys())[:MAX_FILES]:
            if after_modes[name] != self._modes[name]:
                facts[f"mode:{name}"] = f"0o{after_modes[name]:03o}"
        return facts

    def expects(self, error: BaseException, file: str) -> bool:
        """Whether the world explains the exception, so that a test may expect it."""
        if not self.active:
            return False
        if isinstance(error, KeyError) and re.search(r"\bos\.py$|<frozen os>", file):
            return True
        return isinstance(error, _EXPECTED)

    def message(self, error: BaseException) -> str:
        """The exception's text, with `{tmp_path}` for the folder; that of an OSError with a path is Python's own."""
        text = text_of(error)
        if not self.folder or self.folder not in text:
            return text
        return (
            "" if isinstance(error, OSError) and error.filename is not None else text.replace(self.folder, "{tmp_path}")
        )


def _holds(folders: Any, name: str) -> bool:
    return any(other != name and other.startswith(name + "/") for other in folders)
