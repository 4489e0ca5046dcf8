"""From what an agent names to the module and the tests that are meant. Paths lead nowhere outside of the folder."""

from dataclasses import dataclass
from pathlib import Path

from aitestgen.analyse.gate import as_bytes, judge
from aitestgen.analyse.project import locate, parse_spec
from aitestgen.analyse.project_tests import read_tests
from aitestgen.errors import PolicyRefused, UsageError
from aitestgen.values import Policy, SourceFile, TestModule

SNIPPET = "user_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A module, and of it the targets that are meant; none is all."""

    source: SourceFile
    targets: tuple[str, ...] = ()


def asked(folder: Path, path: str | None, code: str | None) -> Asked:
    """The module in a file (`PATH` or `PATH::NAME`) or in a snippet, which is called `user_code`.

    Raises UsageError unless exactly one is given, and for a path that leads out of the folder; CodeInvalid.
    """
    if (path is None) == (code is None):
        raise UsageError("give either `path` (a file of the project) or `code` (Python source), not both")
    if code is not None:
        as_bytes(code)
        return Asked(source=SourceFile(text=code, module=SNIPPET))
    name, target = parse_spec(path or "")
    return Asked(source=locate(inside(folder, name)), targets=(target,) if target else ())


def tests_of(folder: Path, asked_for: Asked, path: str | None, code: str | None) -> TestModule:
    """The test file in the project, or the text of one. Raises UsageError, CodeInvalid."""
    if (path is None) == (code is None):
        raise UsageError("give either `tests_path` (a file of the project) or `tests` (the text of one), not both")
    if code is not None:
        as_bytes(code)
        last = asked_for.source.module.rpartition(".")[2].strip("_")
        return TestModule(path=Path(f"test_{last}.py"), text=code)
    return read_tests(inside(folder, path or ""))


def inside(folder: Path, name: str) -> Path:
    """The file, links followed. Raises UsageError where there is none, and where it is outside of the folder."""
    if "\0" in name:
        raise UsageError("a path holds no null character")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise UsageError(f"{name} leads out of {folder}, the folder that this server works in: name a file in it")
    if not path.is_file():
        raise UsageError(f"{name}: no such file in {folder}")
    return path


def refuse_unsafe(policy: Policy, asked_for: Asked, *texts: str) -> None:
    """Under the strict policy the gate judges each text. Raises PolicyRefused, CodeInvalid."""
    if policy is Policy.STRICT:
        own = asked_for.source.module.partition(".")[0]
        for text in texts:
            if findings := judge(as_bytes(text), own_modules=(own,)):
                raise PolicyRefused(findings)
