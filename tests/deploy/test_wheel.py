"""The wheel in clean environments of every supported Python, from an empty directory, without the repository."""

import json
import os
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from tests.deploy.tools import ran
from tests.deploy.wheels import ROOT, SUPPORTED, bare_environment, build_wheel, find_python, install

TRIED = SUPPORTED if os.environ.get("EVERY_PYTHON") else SUPPORTED[-1:]
"""`make wheel` tries every one; the newest is the one that most differs from where the other tests run."""

CODE = 'def half(n: int) -> int:\n    if n % 2:\n        raise ValueError("odd")\n    return n // 2\n'


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_both_packages_their_data_the_page_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"aitestgen", "aitestgen_guest"}
    wanted = {"aitestgen/page/index.html", "aitestgen/analyse/gate/rules.toml", "aitestgen_guest/__init__.py"}
    assert wanted <= set(names)
    assert [name for name in names if "__pycache__" in name or "node_modules" in name] == []


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    sources = [path for path in (ROOT / "src").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = {str(path.relative_to(ROOT / "src")) for path in sources if ".egg-info" not in str(path)}
    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    metadata = message_from_bytes(archive.read(next(n for n in archive.namelist() if n.endswith("/METADATA"))))
    assert (metadata["Name"], metadata["License-Expression"]) == ("aitestgen", "MIT")
    assert {f"Programming Language :: Python :: {version}" for version in SUPPORTED} <= set(
        metadata.get_all("Classifier", [])
    )


@pytest.mark.jail
@pytest.mark.timeout(180)
@pytest.mark.parametrize("version", TRIED)
def test_an_installed_wheel_generates_tests_from_an_empty_directory(version: str, wheel: Path, tmp_path: Path) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    bin_folder = install(wheel, python, tmp_path / "environment")
    work = tmp_path / "empty"
    work.mkdir()
    (work / "halves.py").write_text(CODE)
    command = [bin_folder / "aitestgen", "generate", "halves.py", "--json"]
    ended = ran(command, cwd=work, env=bare_environment(tmp_path))
    assert ended.returncode == 0, ended.stderr
    (module,) = json.loads(ended.stdout)["modules"]
    assert module["tests"] == module["passed"] > 0
    assert "from halves import half" in (work / "tests/test_halves.py").read_text()
