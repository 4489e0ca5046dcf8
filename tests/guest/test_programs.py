"""A law and a call as a program, and reproducers run each in a process of its own."""

from pathlib import Path
from typing import Any

import pytest

from aitestgen_guest import reproduce
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.findings.laws import HIGH, LOW, MEDIUM, Law, weaker
from aitestgen_guest.findings.programs import Program, program

DESCRIPTION: dict[str, Any] = {
    "id": "join", "is_async": False, "is_generator": False,
    "parameters": [{"name": "parts", "kind": "normal"}, {"name": "gap", "kind": "normal", "default": "'-'"}],
}  # fmt: skip
CASE: dict[str, Any] = {
    "receiver": None, "calls": [], "arguments": [("data", "['a']")], "keywords": {"gap": ("data", "'+'")}, "then": None,
}  # fmt: skip
JOIN = Target({"id": "join", "kind": "function"})


def lines_of(law: Law, description: dict[str, Any] = DESCRIPTION, case: dict[str, Any] = CASE) -> tuple[str, ...]:
    written = program(law, JOIN, description, case)
    assert written is not None
    return written.lines()


@pytest.mark.parametrize(
    ("law", "lines"),
    [
        (Law("k", "r", "q", "e", "result == ''"), ("assert join(['a'], '+') == ''",)),
        (
            Law("k", "r", "q", "e", "parts == $parts"),
            ("parts = ['a']", "join(parts, '+')", "assert parts == ['a']"),
        ),
        (
            Law("k", "r", "q", "e", "{call:parts=[result]} == result"),
            ("result = join(['a'], '+')", "assert join([result], '+') == result"),
        ),
        (
            Law("k", "r", "q", "e", raises="ValueError", guard="len(parts) == 1"),
            ("with pytest.raises(ValueError):", "    join(['a'], '+')"),
        ),
    ],
)
def test_a_law_is_written_with_the_arguments_in_place(law: Law, lines: tuple[str, ...]) -> None:
    assert lines_of(law) == lines


def test_a_default_is_named_where_the_law_speaks_of_it() -> None:
    law = Law("k", "r", "q", "e", "gap in result or gap != gap")
    assert lines_of(law, case={**CASE, "keywords": {}}) == (
        "gap = '-'",
        "assert gap in join(['a']) or gap != gap",
    )


def test_coroutines_and_generators_are_driven() -> None:
    law = Law("k", "r", "q", "e", "result == 1")
    assert lines_of(law, {**DESCRIPTION, "is_async": True}) == ("assert asyncio.run(join(['a'], '+')) == 1",)
    assert lines_of(law, {**DESCRIPTION, "is_generator": True}) == ("assert list(join(['a'], '+')) == 1",)


def test_a_name_that_would_hide_another_is_not_written() -> None:
    clash = {**DESCRIPTION, "parameters": [{"name": "join", "kind": "normal"}]}
    assert program(Law("k", "r", "q", "e", "join == $join"), JOIN, clash, {**CASE, "keywords": {}}) is None


def test_a_long_or_twice_used_value_keeps_its_name() -> None:
    one = Program(("n = 3", f"text = {'x' * 60!r}"), "f(text)", "result == n == n")
    assert one.lines() == ("n = 3", f"text = {'x' * 60!r}", "assert f(text) == n == n")


def test_confidence_sinks_step_by_step_to_low() -> None:
    law = Law("k", "r", "q", "e", confidence=HIGH)
    assert [law.confidence, weaker(law).confidence, weaker(weaker(weaker(law))).confidence] == [HIGH, MEDIUM, LOW]


def test_each_reproducer_runs_alone_and_tells_its_end(tmp_path: Path) -> None:
    (tmp_path / "counted.py").write_text("seen = []\n")
    programs = [
        "import counted\ncounted.seen.append(1)\nassert len(counted.seen) == 1",
        "import counted\nassert counted.seen",
        "raise SystemExit(3)",
        "import os\nos._exit(1)",
    ]
    frames: list[dict[str, Any]] = []
    reproduce.main({"path": [str(tmp_path)], "programs": programs}, frames.append)
    assert [frame["error"] for frame in frames] == ["", "AssertionError", "SystemExit", ""]
