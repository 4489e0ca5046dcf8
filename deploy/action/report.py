"""A report of `aitestgen generate --report` for GitHub: a summary, annotations, outputs of the step.

    python deploy/action/report.py REPORT.json SUMMARY.md [BASE]

Writes the summary (Markdown, at most 60 000 characters, with the mark by which the comment is found again), prints
annotations as workflow commands (with BASE for changed lines only), and adds outputs to the file that GITHUB_OUTPUT
names. Standard library only.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from changed import changed_since

MARK = "<!-- aitestgen-report -->"
ANNOTATIONS = 10
"""GitHub shows that many of a kind for each step."""

MOST_CHARACTERS = 60_000
Module = Mapping[str, Any]


def figures(modules: list[Module]) -> dict[str, str]:
    """The outputs of the step. Ratios are those of all modules together, from 0 to 1."""
    totals = {
        key: sum(module["mutants"][key] for module in modules)
        for key in ("total", "killed", "invalid", "survived", "unreached")
    }
    lines = sum(module["coverage"]["lines"] for module in modules)
    covered = sum(module["coverage"]["covered_lines"] for module in modules)
    valid = totals["total"] - totals["invalid"]
    return {
        "tests": str(sum(module["tests"] for module in modules)),
        "coverage": ratio(covered, lines),
        "mutation-score": ratio(totals["killed"], valid),
        "survived": str(totals["survived"] + totals["unreached"]),
        "suspected-bugs": str(sum(len(module["suspected_bugs"]) for module in modules)),
    }


def ratio(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "1.0000"


def summary(modules: list[Module]) -> str:
    """Markdown. What the code brought in (names, values) stays text: it is put between backticks or escaped."""
    rows = [row(module) for module in modules]
    head = ["| module | tests | lines | branches | mutants killed | suspected bugs |", "|---|---|---|---|---|---|"]
    told = [part for module in modules for part in suspicions(module)]
    text = "\n".join(
        [MARK, "### Generated tests", "", *(head + rows if rows else ["Nothing to test has changed."]), *told]
    )
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "\n\n… cut; the report file has the rest."


def row(module: Module) -> str:
    mutants = module["mutants"]
    percent = [f"{100 * module[key]:.0f} %" for key in ("line_coverage", "branch_coverage")]
    cells = (
        plain(module["module"]),
        module["tests"],
        *percent,
        f"{mutants['killed']} of {mutants['total']}",
        len(module["suspected_bugs"]),
    )
    return f"| {' | '.join(map(str, cells))} |"


def suspicions(module: Module) -> Iterator[str]:
    for bug in module["suspected_bugs"]:
        place = f"{plain(module['module'])}, line {bug['line']}, confidence {plain(bug['confidence'])}"
        yield from ("", f"**Suspected bug** in {place}: {plain(bug['why'])}", "")
        yield fenced(f"{bug['reproducer']}\n# observed: {bug['observed']}\n# expected: {bug['expected']}")


def fenced(code: str) -> str:
    """A block that the code in it cannot end."""
    ticks = "```"
    while ticks in code:
        ticks += "`"
    return f"{ticks}python\n{code}\n{ticks}"


def plain(value: object) -> str:
    """Text without meaning in Markdown tables and HTML."""
    text = " ".join(str(value).split())
    for sign, safe in {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "|": "\\|",
        "`": "\\`",
        "@": "&#64;",
        "[": "\\[",
    }.items():
        text = text.replace(sign, safe)
    return text


def annotations(modules: list[Module], root: Path, touched: Mapping[str, set[int]] | None = None) -> Iterator[str]:
    """Warnings for suspected bugs, then notices for survivors, few in all; of files in `touched` for its lines only."""
    for kind, told in (("warning", suspected), ("notice", surviving)):
        found = [(module, line, text) for module in modules for line, text in told(module)]
        wanted = [(name(module, root), line, text) for module, line, text in found]
        shown = [place for place in wanted if touched is None or place[1] in touched.get(place[0], set())]
        yield from (command(kind, *place) for place in shown[:ANNOTATIONS])


def suspected(module: Module) -> Iterator[tuple[int, str]]:
    for bug in module["suspected_bugs"]:
        yield int(bug["line"]), f"Suspected bug: {bug['why']}: {bug['input']} gives {bug['observed']}"


def surviving(module: Module) -> Iterator[tuple[int, str]]:
    for mutant in module["survivors"]:
        yield int(mutant["line"]), f"No test notices `{mutant['before']}` changed to `{mutant['after']}`"


def name(module: Module, root: Path) -> str:
    path = Path(module["path"])
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def command(kind: str, file: str, line: int, message: str) -> str:
    """A workflow command that its own text cannot end or extend."""
    return f"::{kind} file={escaped(file, ',:')},line={line}::{escaped(message, '')}"


def escaped(text: str, more: str) -> str:
    for sign in "%\r\n" + more:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def main(report: Path, target: Path, base: str = "") -> None:
    """The command."""
    modules = json.loads(report.read_text(encoding="utf-8"))["modules"] if report.exists() else []
    judged = [module for module in modules if "mutants" in module]
    target.write_text(summary(judged), encoding="utf-8")
    print("\n".join(annotations(judged, Path.cwd(), changed_since(base, []) if base else None)))
    with Path(os.environ.get("GITHUB_OUTPUT", os.devnull)).open("a", encoding="utf-8") as outputs:
        outputs.writelines(f"{name}={value}\n" for name, value in figures(judged).items())


if __name__ == "__main__":
    if len(sys.argv) not in {3, 4}:
        sys.exit(f"usage: {sys.argv[0]} REPORT.json SUMMARY.md [BASE]")
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
