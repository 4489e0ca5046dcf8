"""The generated tests that are shown to users: they pass, in any order."""

import os
import subprocess
import sys
from pathlib import Path

GALLERY = Path(__file__).parents[1] / "examples" / "gallery"


def test_each_module_of_the_gallery_has_generated_tests() -> None:
    modules = {file.stem for file in GALLERY.glob("*.py")}
    assert len(modules) == 10
    assert {file.stem.removeprefix("test_") for file in (GALLERY / "tests").glob("test_*.py")} == modules


def test_the_gallerys_tests_pass_in_any_order() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "randomly",
        "-c",
        os.devnull,
        "tests",
    ]
    environment = {**os.environ, "PYTHONPATH": str(GALLERY), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=GALLERY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
