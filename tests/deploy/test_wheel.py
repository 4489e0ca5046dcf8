"""The wheel in clean environments of every supported Python, from an empty directory, without the repository."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from email import message_from_bytes
from pathlib import Path

import httpx2
import pytest
from tests.deploy.tools import ran
from tests.deploy.wheels import ROOT, SUPPORTED, bare_environment, build_wheel, find_python, install
from tests.interfaces.programs import free_port, wait_until_it_answers

TRIED = SUPPORTED if os.environ.get("EVERY_PYTHON") else SUPPORTED[-1:]
"""`make wheel` tries every one; the newest is the one that most differs from where the other tests run."""

MOST_BYTES = 3_000_000

CODE = 'def half(n: int) -> int:\n    if n % 2:\n        raise ValueError("odd")\n    return n // 2\n'


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_both_packages_their_data_the_page_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"aitestgen", "aitestgen_guest"}
    wanted = {"aitestgen/page/index.html", "aitestgen/analyse/gate/rules.toml", "aitestgen_guest/__init__.py"}
    assert wanted <= set(names)
    junk = re.compile(r"__pycache__|node_modules|(^|/)tests?/|conftest|\.(map|tsx?|orig|db|log)$|/\.")
    assert [name for name in names if junk.search(name)] == []
    assert wheel.stat().st_size < MOST_BYTES


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
    assert served_page(bin_folder, tmp_path) == zipfile.ZipFile(wheel).read("aitestgen/page/index.html").decode()


def served_page(bin_folder: Path, home: Path) -> str:
    """What the installed `aitestgen serve` answers at /, with the nonce of its answer put back."""
    port = free_port()
    command = [bin_folder / "aitestgen", "serve", "--port", str(port)]
    environment = {**bare_environment(home), "AITESTGEN_STATE_FOLDER": str(home / "state")}
    with subprocess.Popen(command, cwd=home, env=environment, stderr=subprocess.DEVNULL) as program:
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
                wait_until_it_answers(client, program)
                answer = client.get("/")
        finally:
            program.terminate()
    assert answer.status_code == 200
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
    return answer.text.replace(nonce[1], "__CSP_NONCE__") if nonce else answer.text


def test_a_page_that_is_older_than_its_sources_goes_into_no_wheel(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements/dev.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    page, source = tmp_path / "src/aitestgen/page/index.html", tmp_path / "frontend/index.html"
    for path in (page, source):
        path.parent.mkdir(parents=True)
        path.write_text("")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "find", "echo", "make", "python3", "sh"):
        (programs / name).symlink_to(shutil.which(name) or name)
    make = ["make", "wheel-page"]
    os.utime(page, (1, 1))
    refused = ran(make, cwd=tmp_path, env={"PATH": str(programs)})
    assert (refused.returncode, "older than its sources" in refused.stderr) == (2, True)
    os.utime(source, (0, 0))
    assert ran(make, cwd=tmp_path, env={"PATH": str(programs)}).returncode == 0
