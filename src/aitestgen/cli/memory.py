"""What earlier runs over several modules finished, so that the same command goes on where it was interrupted."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aitestgen.cli.console import say, to_text
from aitestgen.cli.outputs import write
from aitestgen.errors import UsageError
from aitestgen.values import Interpreter, Options, SourceFile

FORMAT = 1
UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One module's work as far as its result depends on it: what is remembered for it holds for no other."""

    source: SourceFile
    options: Options
    interpreter: Interpreter
    output: Path
    more: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Under which it is remembered: a later answer for the same files takes the place of an earlier one."""
        return f"{self.source.path} {self.output.absolute()}"

    @property
    def digest(self) -> str:
        """Changes with the source, an option, the seed, the interpreter, or the version of the tool."""
        python = [str(self.interpreter.executable), list(self.interpreter.version)]
        facts = [version("aitestgen"), self.source.module, self.source.text, asdict(self.options), python, self.more]
        return _digest(json.dumps(facts, default=str).encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Memory:
    """Finished modules of one project, kept in a file; one that cannot be read counts as empty."""

    path: Path
    known: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def recall(self, question: Question, *, unedited: bool = False) -> Mapping[str, Any] | None:
        """The facts of a module that was done before; None where its tests are gone, or with `unedited` changed."""
        entry = self.known.get(question.place, {})
        facts = entry.get("facts")
        if entry.get("digest") != question.digest or not isinstance(facts, dict):
            return None
        if facts.get("output") is None:
            return facts
        if not question.output.is_file() or (unedited and entry.get("written") != _digest_of(question.output)):
            return None
        return facts

    def is_partial(self, question: Question) -> bool:
        """Whether the tests that are there are what an interrupted run wrote, and nobody has touched them since."""
        entry = self.known.get(question.place, {})
        is_there = question.output.is_file()
        return entry.get("digest") == UNFINISHED and is_there and entry.get("written") == _digest_of(question.output)

    def own_files(self) -> tuple[Path, ...]:
        """The files that were written here as a whole, and that nobody has touched since.

        For other modules they are no tests that the project has: else it would matter where a run was interrupted.
        """
        entries = [entry for entry in self.known.values() if entry.get("whole") and entry.get("written")]
        paths = [(Path(str(entry.get("facts", {}).get("output"))).absolute(), entry["written"]) for entry in entries]
        return tuple(path for path, written in paths if path.is_file() and _digest_of(path) == written)

    def keep(self, question: Question, facts: Mapping[str, Any]) -> None:
        """Remember a module at once: an interrupt may follow. One that was interrupted itself will be done again.

        A full disk is told, and no error.
        """
        written = _digest_of(question.output) if facts.get("output") else ""
        digest = UNFINISHED if facts.get("interrupted") else question.digest
        whole = "update" not in question.more
        self.known[question.place] = {"digest": digest, "written": written, "whole": whole, "facts": facts}
        try:
            self.path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write(self.path, to_text({"format": FORMAT, "modules": self.known}))
        except OSError as error:
            say(f"what is finished cannot be remembered in {self.path}: {error.strerror}")


def memory_of(project: Path) -> Memory:
    """What is remembered of a project, in the user's cache folder. Raises UsageError where there is none."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError as error:
        raise UsageError(f"{error} Set XDG_CACHE_HOME to a folder of your own") from error
    path = base / "aitestgen" / "finished" / f"{_digest(str(project.resolve()).encode())[:24]}.json"
    return Memory(path, _read(path))


def _read(path: Path) -> dict[str, Mapping[str, Any]]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found = document["modules"] if document["format"] == FORMAT else {}
        return {place: entry for place, entry in found.items() if isinstance(entry, dict)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _digest_of(path: Path) -> str:
    return _digest(path.read_bytes())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
