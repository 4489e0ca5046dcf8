"""A run and its result as JSON, as they pass between a sandbox service and those who ask it (docs/api.md, POST /run).

The answer to a run is lines: `accepted` first, a `frame` for each of the guest's messages, `result` or `error` last.
Empty lines say that the service is still there.
"""

import base64
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from aitestgen.values import Outcome, Run, RunResult, TestOutcome, Tier, Verdict

BODY_BYTES = 32 * 1024 * 1024
"""The most that a run may take as JSON, its files included."""
LINE_BYTES = 40 * 1024 * 1024
"""The longest line of an answer: the outcomes and arcs of a run whose frames came to the jail's own limit."""


class Malformed(ValueError):
    """What came is not what a sandbox service sends."""


def python_of(run: Run) -> str:
    """The Python that a run wants, such as `3.12`."""
    return "{}.{}".format(*run.interpreter.version)


def as_body(run: Run) -> bytes:
    """A run as the body of POST /run. Its binds and the interpreter's folders stay here."""
    return json.dumps(
        {
            "program": run.program,
            "python": python_of(run),
            "job": dict(run.job),
            "files": {name: base64.b64encode(data).decode() for name, data in run.files.items()},
            "limits": asdict(run.limits),
            "hash_seed": run.hash_seed,
            "expected": run.expected,
        },
        separators=(",", ":"),
    ).encode()


def line(kind: str, said: Mapping[str, Any]) -> bytes:
    """One line of an answer. It is ASCII: half a character that a guest sent travels as its escape."""
    return json.dumps({kind: said}, separators=(",", ":")).encode() + b"\n"


def read_line(text: bytes) -> tuple[str, Mapping[str, Any]]:
    """Kind and content of one line. Raises Malformed."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("a line that is not JSON") from error
    if not isinstance(said, dict) or len(said) != 1:
        raise Malformed("a line that is no object of one key")
    kind, content = next(iter(said.items()))
    if not isinstance(content, dict):
        raise Malformed("a line without an object in it")
    return kind, content


def as_result(result: RunResult) -> dict[str, Any]:
    """A result as the last line says it: all but the frames, which came before it."""
    return {
        "verdict": result.verdict,
        "outcomes": [
            {
                **{name: getattr(test, name) for name in ("id", "outcome", "seconds", "message")},
                "arcs": sorted(test.arcs),
            }
            for test in result.outcomes
        ],
        "output": result.output,
        "output_cut": result.output_cut,
        "seconds": result.seconds,
        "cpu_seconds": result.cpu_seconds,
        "peak_bytes": result.peak_bytes,
        "backend": result.backend,
        "tier": result.tier,
        "detail": result.detail,
    }


def read_result(said: Mapping[str, Any], frames: Iterable[Mapping[str, Any]]) -> RunResult:
    """The result that a last line says, with the frames that came before it. Raises Malformed."""
    try:
        return RunResult(
            verdict=Verdict(said["verdict"]),
            outcomes=tuple(map(_outcome, said["outcomes"])),
            frames=tuple(frames),
            output=_text(said["output"]),
            output_cut=said["output_cut"] is True,
            seconds=_number(said["seconds"]),
            cpu_seconds=_number(said["cpu_seconds"]),
            peak_bytes=int(_number(said["peak_bytes"])),
            backend=_text(said["backend"])[:64],
            tier=Tier(said["tier"]),
            detail=_text(said["detail"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"a result that cannot be read ({type(error).__name__})") from error


def _outcome(said: Mapping[str, Any]) -> TestOutcome:
    return TestOutcome(
        id=_text(said["id"]),
        outcome=Outcome(said["outcome"]),
        seconds=_number(said["seconds"]),
        message=_text(said["message"]),
        arcs=frozenset((_whole(start), _whole(end)) for start, end in said["arcs"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("not a whole number")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("not a number from 0")
    return value
