"""Symbolic links among the files of a case."""

from random import Random
from typing import Any

import pytest
from tests.guest.test_outside import _forget_the_module, ran  # noqa: F401 - a fixture
from tests.guest.test_search import search_of

from aitestgen_guest.environment import links

READING = """
    import os

    def f():
        if os.path.islink("a.txt"):
            os.unlink("a.txt")
            return sorted(os.listdir("."))
        return "no link"
"""


def test_a_link_is_laid_out_told_and_seen_to_be_gone() -> None:
    result, lines, facts = ran(READING, {"files": {"b.txt": "x"}, "links": {"a.txt": "b.txt"}})
    assert result == ["b.txt"]
    assert lines[:2] == [
        "(tmp_path / \"b.txt\").write_text('x')",
        '(tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")',
    ]
    assert facts["unlinked:a.txt"] == "True"


@pytest.mark.parametrize("target", ["/etc/passwd", "../other", "a/../../b", "..", ""])
def test_no_link_leads_out_of_the_folder(target: str) -> None:
    result, lines, _ = ran(READING, {"links": {"a.txt": target}})
    assert result == "no link"
    assert lines == ["monkeypatch.chdir(tmp_path)"]


def test_links_are_chosen_among_the_files() -> None:
    files: dict[str, str | None] = {"a.txt": "x", "folder": None, "folder/b.txt": "y"}
    chosen = [links.chosen(files, Random(seed)) for seed in range(60)]
    assert any(not found for _, found in chosen)
    assert any(found == {"folder": "kept_folder"} for _, found in chosen)
    assert any(found == {"a.txt": links.NOWHERE} for _, found in chosen)
    for rest, found in chosen:
        assert not found.keys() & rest.keys()
        assert all(target == links.NOWHERE or target in rest for target in found.values())


BROKEN = """
    from pathlib import Path

    def broken(folder: Path):
        return [entry.name for entry in folder.iterdir() if entry.is_symlink() and not entry.exists()]
"""


def test_the_search_finds_links_that_lead_nowhere() -> None:
    _, search = search_of(BROKEN, "broken", 1500)
    found: list[tuple[dict[str, Any], Any]] = [
        (entry.observation["facts"], entry.case) for entry in search.kept.results()
    ]
    results = {facts["result"]: case for facts, case in found if "result" in facts}
    assert "[]" in results
    assert any(case.get("world", {}).get("links") for result, case in results.items() if result != "[]")
