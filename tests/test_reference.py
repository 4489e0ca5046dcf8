"""The pages of docs/reference are those that the code makes today."""

import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    made: dict[str, str] = runpy.run_path(str(FOLDER / "make.py"))["pages"]()
    return made


def test_there_is_a_page_for_each_part(pages: dict[str, str]) -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(pages)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.md")))
def test_a_page_is_what_the_code_makes_today(name: str, pages: dict[str, str]) -> None:
    assert (FOLDER / name).read_text() == pages[name], "out of date: run `make reference`"
