"""A step of the Containerfiles: the package and what it needs into /opt/aitestgen. Not for any other place."""

import subprocess
import sys
from pathlib import Path

TARGET = Path("/opt/aitestgen")
BUILD = Path("/build")


def main() -> None:
    """Change this container's own root."""
    if not (BUILD / "install.py").exists() or not (BUILD / "install.py").samefile(__file__):
        sys.exit("install: this is a step of the Containerfiles")
    subprocess.run([sys.executable, "-m", "venv", TARGET], check=True)  # noqa: S603  # this Python
    pip("--require-hashes", "-r", str(BUILD / "image.txt"))
    pip(
        "--no-deps",
        "--no-build-isolation",
        "--target",
        str(BUILD / "backend"),
        "--require-hashes",
        "-r",
        str(BUILD / "build.txt"),
    )
    wheel = build_wheel()
    pip("--no-deps", "--no-index", str(wheel))
    remove_installer()
    (BUILD / "empty").mkdir()


def pip(*words: str) -> None:
    """`pip install`, out of /wheels first, which is empty where an index can be reached."""
    command = [TARGET / "bin/python3", "-m", "pip", "install", "-q", "--find-links", "/wheels", *words]
    subprocess.run(command, check=True)  # noqa: S603  # this Python


def build_wheel() -> Path:
    """The wheel of these sources."""
    command = [TARGET / "bin/python3", "-m", "hatchling", "build", "-t", "wheel", "-d", BUILD / "dist"]
    subprocess.run(command, cwd=BUILD / "source", env={"PYTHONPATH": str(BUILD / "backend")}, check=True)  # noqa: S603  # this Python
    return next((BUILD / "dist").glob("*.whl"))


def remove_installer() -> None:
    """Nothing is installed at run time: pip goes, after it has removed itself from the list of packages."""
    subprocess.run([TARGET / "bin/python3", "-m", "pip", "uninstall", "-q", "-y", "pip", "setuptools"], check=True)  # noqa: S603  # this Python


if __name__ == "__main__":
    main()
