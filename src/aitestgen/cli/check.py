"""`aitestgen check`: the policy gate alone."""

from dataclasses import asdict
from pathlib import Path

from aitestgen.analyse.discover import discover
from aitestgen.analyse.gate import judge
from aitestgen.cli.console import describe, print_json, put, say
from aitestgen.errors import CodeInvalid, PolicyRefused, UsageError
from aitestgen.values import PolicyFinding


def check_path(path: Path, *, as_json: bool) -> int:
    """Print what the gate refuses, or that it refuses nothing. Raises UsageError, CodeInvalid."""
    judged = {file: judge_file(file) for file in files_of(path)}
    refused = any(judged.values())
    code = PolicyRefused.exit_code if refused else 0
    if as_json:
        modules = [
            {"path": str(file), "findings": [asdict(finding) for finding in findings]}
            for file, findings in judged.items()
        ]
        print_json(modules, is_safe=not refused, exit_code=code)
        return code
    for file, findings in judged.items():
        for finding in findings:
            put(f"{describe(finding, f'{file}:')}\n")
    if not refused:
        put("nothing to refuse\n")
    return code


def files_of(path: Path) -> tuple[Path, ...]:
    if path.is_dir():
        return discover(path)
    if not path.is_file():
        raise UsageError(f"{path}: no such file or folder")
    return (path,)


def judge_file(path: Path) -> tuple[PolicyFinding, ...]:
    try:
        return judge(path.read_bytes())
    except CodeInvalid as error:
        say(f"{path}:{error.line}:{error.column}: {error}")
        raise
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
