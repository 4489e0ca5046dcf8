"""A page as a stranger walks it: each command of its `console` blocks, in order, in one shell and an empty folder.

A line that begins with `$ ` is a command, with the lines of its here-document; what follows is the expected answer. In
it `…` stands for anything within a line, and alone for any number of lines; seconds may be others than the page shows.
The answer may have more lines before and after. Commands that a test cannot run are in blocks of another kind.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
HERE = "<<'EOF'"
CONTINUED = "\\"
SECONDS = re.compile(r"\[ +\d+\.\d s\]|(?<=^  seconds    )\d+\.\d +(?=seed)")
MARK = "@@@walk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command, and what it should answer."""

    command: str
    expected: tuple[str, ...]

    def expecting(self, lines: Sequence[str]) -> "Step":
        """The same command with another answer."""
        return replace(self, expected=tuple(lines))


def section(page: str, heading: str) -> str:
    """What stands under the heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#+ |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading}"
    return found[1]


def steps(page: str) -> list[Step]:
    found: list[Step] = []
    for block in BLOCK.findall(page):
        lines = block.splitlines()
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
    return "\n".join(f"{replaced(step.command, others)}\necho '{MARK}'" for step in found)


def walk(found: list[Step], folder: Path, cache: Path, ports: dict[str, str]) -> list[str]:
    """What each command printed, on both streams. `ports` are put in place of those that the page names."""
    script = script_of(found, ports)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with subprocess.Popen(
        ["/bin/bash", "-c", script],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "XDG_CACHE_HOME": str(cache), "LANG": "C.UTF-8"},
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


def answers(shell: subprocess.Popen[str], number: int) -> list[str]:
    """What came before each mark. Servers that a page starts hold the stream open: it is read up to the last mark."""
    assert shell.stdout is not None
    said = ""
    while said.count(MARK) < number and (line := shell.stdout.readline()):
        said += line
    return parts(said, number)


def parts(said: str, number: int) -> list[str]:
    """Of the output of a script the answers to its first commands."""
    return said.split(f"{MARK}\n")[:number]


def replaced(text: str, ports: dict[str, str]) -> str:
    for written, real in ports.items():
        text = text.replace(written, real)
    return text


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
