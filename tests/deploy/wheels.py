"""The wheel, built out of a copy of the sources, and clean environments to install it into."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("src", "pyproject.toml", "README.md", "LICENSE", ".gitignore")
PAGE = "<!doctype html><title>planted</title>\n"
SUPPORTED = ("3.11", "3.12", "3.13")


def find_python(version: str) -> Path | None:
    """A Python of this version, from the path or where pyenv keeps them."""
    found = [shutil.which(f"python{version}"), *sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))]
    return next((Path(path) for path in found if path and Path(path).resolve().parent.name != "shims"), None)


def build_wheel(folder: Path) -> Path:
    """The wheel of these sources, with a page where none was built."""
    copy = folder / "sources"
    copy.mkdir()
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    page = copy / "src/aitestgen/page/index.html"
    if not page.exists():
        page.parent.mkdir()
        page.write_text(PAGE)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist"],
        cwd=copy, check=True, capture_output=True,
    )  # fmt: skip
    return next((folder / "dist").glob("*.whl"))


def install(wheel: Path, python: Path, folder: Path) -> Path:
    """A clean virtual environment with the wheel and the pinned packages that it needs: its `bin`."""
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "venv", "-q", "--python", python, folder], check=True, capture_output=True)
    pins = ["--constraints", ROOT / "requirements/run.txt"]
    subprocess.run(
        [uv, "pip", "install", "-q", "--python", folder / "bin/python", *pins, wheel], check=True, capture_output=True
    )
    return folder / "bin"


def bare_environment(home: Path) -> dict[str, str]:
    """What a stranger's shell has, and nothing that leads back into this repository."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
