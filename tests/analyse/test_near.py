"""A module with few constants of its own hands on what it is given: those of the modules that it imports are tried."""

from pathlib import Path

import pytest

from aitestgen.analyse import understand
from aitestgen.analyse.reach import Project
from aitestgen.analyse.source import read
from aitestgen.values import SourceFile

HANDING_ON = "from package.reading import read\n\ndef parse(text: str):\n    return read(text)\n"
READING = """
import re
from .words import KNOWN

def read(text):
    if re.match(":ab", text):
        return KNOWN.index(text)
"""
WORDS = "KNOWN = ['raises', 'returns']\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    for name, text in {"__init__": "", "parser": HANDING_ON, "reading": READING, "words": WORDS}.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def constants_of(path: Path, module: str) -> tuple[str, ...]:
    return understand(SourceFile(text=read(path), module=module, path=path)).constants


def test_what_the_imported_modules_look_for_is_tried(package: Path) -> None:
    found = constants_of(package / "parser.py", "package.parser")
    assert "':ab'" in found
    assert "['raises', 'returns']" in found


def test_a_module_with_constants_enough_keeps_to_its_own(package: Path) -> None:
    (package / "parser.py").write_text(HANDING_ON + "".join(f"A{n} = 'own{n}'\n" for n in range(10)))
    assert "':ab'" not in constants_of(package / "parser.py", "package.parser")


def test_a_module_that_does_more_than_to_hand_on_keeps_to_its_own(package: Path) -> None:
    (package / "parser.py").write_text(HANDING_ON + "def more(value):\n" + "    value = value.next\n" * 30)
    assert "':ab'" not in constants_of(package / "parser.py", "package.parser")


def test_a_neighbour_that_does_not_parse_is_passed_over(package: Path) -> None:
    (package / "reading.py").write_text("def read(:\n")
    assert constants_of(package / "parser.py", "package.parser") == ()


def test_the_nearest_come_first_and_no_more_than_asked_for(package: Path) -> None:
    project, path = Project(package.parent), package / "parser.py"
    assert [one.name for one in project.near(path, 9)] == ["__init__.py", "reading.py", "words.py"]
    assert [one.name for one in project.near(path, 2)] == ["__init__.py", "reading.py"]


def test_files_beside_one_without_a_package_count_unless_they_are_installed(tmp_path: Path) -> None:
    for folder in (tmp_path / "project", tmp_path / "site-packages"):
        folder.mkdir()
        (folder / "one.py").write_text("import other\n")
        (folder / "other.py").write_text("")
    assert len(Project(tmp_path / "project").near(tmp_path / "project" / "one.py", 9)) == 1
    assert Project(tmp_path / "site-packages").near(tmp_path / "site-packages" / "one.py", 9) == ()
