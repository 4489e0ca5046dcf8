"""A page as a stranger walks it: each command of its `console` blocks, in order, in one shell and an empty folder.

A line that begins with `$ ` is a command, with the lines that it goes on in; what follows is the expected answer. In
it `…` stands for anything within a line, and alone for any number of lines; seconds may be others than the page shows.
The answer may have more lines before and after, and the command has to end with status 0. Commands that a test cannot
run are in blocks of the kind `shell-session`: tests/deploy/test_walks.py lists them with what they need.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

BLOCK = re.compile(r"^```(\S*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
HERE = "<<'EOF'"
CONTINUED = "\\"
SECONDS = re.compile(r"\[ +\d+\.\d s\]|(?<=^  seconds    )\d+\.\d +(?=seed)")
MARK = "@@@walk"
MARKED = re.compile(rf"{MARK} (\d+)\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command, and what it should answer."""

    command: str
    expected: tuple[str, ...]

    def expecting(self, lines: Sequence[str]) -> "Step":
        """The same command with another answer."""
        return replace(self, expected=tuple(lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command printed, on both streams, and its status."""

    said: str
    status: int = 0


def section(page: str, heading: str) -> str:
    """What stands under the heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#+ |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading}"
    return found[1]


def kinds(page: str) -> set[str]:
    """Of all blocks; empty where a block has none."""
    return {kind for kind, _ in BLOCK.findall(page)}


def steps(page: str, kind: str = "console") -> list[Step]:
    """Of all blocks of the kind."""
    found: list[Step] = []
    for lines in (block.splitlines() for named, block in BLOCK.findall(page) if named == kind):
        while lines:
            found.append(next_step(lines))
    return found


def next_step(lines: list[str]) -> Step:
    """Takes the lines of one step away. Raises AssertionError for a block that begins with an answer."""
    first = lines.pop(0)
    assert first.startswith("$ "), f"a command was expected: {first}"
    command = [first[2:]]
    while command[-1].endswith(CONTINUED):
        command.append(lines.pop(0))
    if HERE in first:
        command += [lines.pop(0) for _ in range(lines.index("EOF") + 1)]
    answer = []
    while lines and not lines[0].startswith("$ "):
        answer.append(lines.pop(0))
    return Step(command="\n".join(command), expected=tuple(answer))


def script_of(found: list[Step], others: dict[str, str]) -> str:
    """All commands, each followed by a mark. `others` are put in place of ports and names that the page has."""
    return "\n".join(f'{replaced(step.command, others)}\necho "{MARK} $?"' for step in found)


def walk(found: list[Step], folder: Path, cache: Path, others: dict[str, str]) -> list[Answer]:
    """How each command answered. `others` are put in place of ports and names that the page has."""
    script = script_of(found, others)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with subprocess.Popen(
        ["/bin/bash", "-c", script],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "XDG_CACHE_HOME": str(cache), "LANG": "C.UTF-8", "PIP_NO_INDEX": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            return answers(shell, len(found))
        finally:
            os.killpg(shell.pid, signal.SIGTERM)


def answers(shell: subprocess.Popen[str], number: int) -> list[Answer]:
    """What came before each mark. Servers that a page starts hold the stream open: it is read up to the last mark."""
    assert shell.stdout is not None
    said = ""
    while len(MARKED.findall(said)) < number and (line := shell.stdout.readline()):
        said += line
    return parts(said, number)


def parts(said: str, number: int) -> list[Answer]:
    """Of the output of a script the answers to its first commands."""
    pieces = MARKED.split(said)
    return [Answer(said=words, status=int(status)) for words, status in zip(pieces[::2], pieces[1::2], strict=False)][
        :number
    ]


def replaced(text: str, others: dict[str, str]) -> str:
    """With every name replaced once, the longest first."""
    names = sorted(others, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, names)), lambda found: others[found[0]], text) if names else text


def amiss(step: Step, answer: Answer) -> str:
    """What was expected and did not come; empty where all came in order, and the command succeeded."""
    return unlike(step, answer.said) or (f"status {answer.status}" if answer.status else "")


def unlike(step: Step, said: str) -> str:
    """What was expected and did not come; empty where all came in order."""
    lines = iter(said.splitlines())
    for line in step.expected:
        if line.strip() in {"", "…"}:
            continue
        pattern = ".*".join(map(re.escape, SECONDS.sub("…", line).split("…")))
        if not any(re.fullmatch(pattern, heard) for heard in lines):
            return line
    return ""
