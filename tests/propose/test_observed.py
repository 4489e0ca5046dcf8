from dataclasses import replace
from typing import Any

from aitestgen.propose.by_search.observed import read

CASE: dict[str, Any] = {
    "ev": "case", "target": "f", "template": "f({args})", "receiver": None, "calls": [], "arguments": [],
    "keywords": {}, "then": None, "features": [1], "kills": [4], "needed": [], "imports": {}, "cost": 1, "number": 0,
    "observation": {"outcome": "returns", "facts": {}, "shown": [], "wraps": [], "effects": []},
}  # fmt: skip


def test_cases_names_and_mutants_are_read() -> None:
    found = read([
        {"ev": "module", "names": ["f"], "imports": {"Path": "from pathlib import Path"}},
        {"ev": "mutants", "mutants": [{"id": 4, "line": 2, "operator": "x"}]},
        CASE,
        {"ev": "kills", "mutant": 9, "cases": [0]},
        {"ev": "progress", "target": "f"},
    ])  # fmt: skip
    assert (found.names, dict(found.mutant_lines), found.malformed) == ({"f"}, {4: 2}, 0)
    assert found.cases[0].kills == [4, 9]


def test_frames_of_another_shape_are_counted_and_left_out() -> None:
    wrong: list[dict[str, Any]] = [
        {**CASE, "features": ["1"]},
        {**CASE, "observation": {**CASE["observation"], "outcome": "forged"}},
        {**CASE, "arguments": ["x" * 5000]},
        {"ev": "module", "names": "f"},
        {"ev": "kills", "mutant": "9", "cases": [0]},
        {"ev": "finding", "target": "f"},
    ]
    found = read(wrong)
    assert (found.cases, found.malformed) == ((), len(wrong))


def test_an_unknown_kind_says_nothing() -> None:
    assert read([{"ev": "__init__"}, {}, {"ev": 7}]).malformed == 0


def test_what_the_clock_took_from_the_search_is_said() -> None:
    found = read([{"ev": "hurried", "target": "f"}, {"ev": "hurried", "target": "g"}])
    assert (found.hurried, len(found.notes)) == (2, 1)
    assert "2 of the targets" in found.notes[0]
    assert read([CASE]).notes == ()
    ended = replace(read([CASE]), ended_by="its jail (out_of_memory)")
    assert "its jail (out_of_memory)" in ended.notes[0]


def test_what_broke_off_is_counted_and_the_first_reason_told() -> None:
    found = read([{"ev": "failed", "reason": "MemoryError: "}, {"ev": "failed", "reason": 7}])
    assert found.failed == ("MemoryError: ", "no reason was told")
    assert found.notes == ("2 parts of the search broke off, and may be missing here: MemoryError: ",)
