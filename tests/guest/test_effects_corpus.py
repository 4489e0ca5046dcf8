"""A part of the corpus of code with effects; all of it: `python tests/guest/run_effects_corpus.py`."""

from pathlib import Path

import pytest
from tests.guest.run_effects_corpus import CORPUS, modules, report

PART = ("dates", "dice", "env_settings", "git_commands", "health_checks", "log_rotation", "prompts", "weather_api")


@pytest.mark.timeout(240)  # eight whole searches
def test_green_tests_reach_nine_branches_in_ten(tmp_path: Path) -> None:
    found = [row for path in modules(PART) for row in report(path, tmp_path, 300)[0]]
    assert len(found) == 19
    assert sum(row.reached for row in found) >= 0.9 * sum(row.possible for row in found), found


def test_the_corpus_has_forty_functions_and_classes() -> None:
    tops = [line for path in CORPUS.glob("*.py") for line in path.read_text().splitlines() if line[:1].strip()]
    made = [line for line in tops if line.startswith(("def ", "async def ", "class ")) and "Error" not in line]
    assert len(made) == 40
