"""What callers send, before it becomes a job: names, sizes, and the policy gate. Nothing is run or imported."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from aitestgen.analyse.gate import as_bytes, judge
from aitestgen.analyse.gate.own import modules_made_by
from aitestgen.analyse.source import parse
from aitestgen.errors import CodeInvalid, PolicyRefused, UsageError
from aitestgen.jobs.task import SNIPPET, source_folder
from aitestgen.values import Policy, PolicyFinding

LONGEST_NAME, LONGEST_PART = 300, 100
TITLE_LENGTH = 80
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """How much may be sent in one job."""

    files: int
    total_bytes: int


def checked_names(files: Mapping[str, str], limits: UploadLimits) -> Mapping[str, str]:
    """The files themselves. Raises UsageError unless all are plain relative paths, none lies in another, and all of
    them together are within the limits.
    """
    if not files:
        raise UsageError("files: there is none")
    if len(files) > limits.files:
        raise UsageError(f"files: {len(files)} are too many; at most {limits.files} (AITESTGEN_MAX_FILES)")
    for name in files:
        check_name(name)
    if any(str(folder) in files for name in files for folder in PurePosixPath(name).parents):
        raise UsageError("files: the name of a file is also the folder of another")
    size = sum(len(as_bytes(text)) for text in files.values())
    if size > limits.total_bytes:
        raise UsageError(f"files: {size} bytes are too many; at most {limits.total_bytes} (AITESTGEN_MAX_UPLOAD_KIB)")
    return files


def check_name(name: str) -> None:
    """Raises UsageError unless it is the plain relative path of a file."""
    parts = name.split("/")
    plain = all(part not in {"", ".", ".."} and len(part.encode("utf-8", "replace")) <= LONGEST_PART for part in parts)
    if not plain or len(name) > LONGEST_NAME or not name.isprintable() or "\\" in name:
        raise UsageError(f"files: {name[:80]!r} is no plain relative path, such as package/module.py")


def modules_of(files: Mapping[str, str]) -> tuple[str, ...]:
    """The files to test: those that define something, and are no tests. Raises CodeInvalid, UsageError."""
    found = tuple(name for name in sorted(files) if is_source(name) and defines(name, files[name]))
    if not found:
        raise UsageError("files: none of them is a Python module with a function or class")
    return found


def is_source(name: str) -> bool:
    path = PurePosixPath(name)
    test = path.name.startswith("test_") or path.stem.endswith("_test") or path.name in {"conftest.py", "setup.py"}
    return path.suffix == ".py" and not test and not {"tests", "test"} & set(path.parts)


def defines(name: str, text: str) -> bool:
    """Whether the module has a function or class. Raises CodeInvalid, with the file's name, for what does not parse."""
    if not text.strip():
        return False
    try:
        return any(isinstance(node, Definition) for node in ast.walk(parse(text.removeprefix("\ufeff"))))
    except CodeInvalid as error:
        raise CodeInvalid(f"{name}: {error}", line=error.line, column=error.column) from error


def admit_files(files: Mapping[str, str], policy: Policy) -> None:
    """Raises PolicyRefused for what the strict policy refuses in any Python file, CodeInvalid for what is no Python."""
    if policy is not Policy.STRICT:
        return
    own = modules_made_by(str(PurePosixPath(name).relative_to(source_folder(name, files))) for name in files)
    refused: list[PolicyFinding] = []
    for name, text in files.items():
        if name.endswith(".py") and text.strip():
            try:
                refused += judge(as_bytes(text), own_modules=own)
            except CodeInvalid as error:
                raise CodeInvalid(f"{name}: {error}", line=error.line, column=error.column) from error
    if refused:
        raise PolicyRefused(tuple(refused))


def title_of(files: Mapping[str, str], modules: tuple[str, ...]) -> str:
    """What the history shows: the names that a snippet defines, or those of the modules."""
    if modules == (SNIPPET,):
        tree = parse(files[SNIPPET].removeprefix("\ufeff"))
        names = [node.name for node in tree.body if isinstance(node, Definition)]
    else:
        names = list(modules)
    title = ", ".join(names) or "code"
    return title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…"
