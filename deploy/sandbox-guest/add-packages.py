"""A step of the Containerfile: what the guests' runs need besides the standard library, into /build/lib."""

import subprocess
import sys
import venv
from pathlib import Path

BUILD = Path("/build")


def main() -> None:
    """Change this container's own root."""
    if not (BUILD / "add-packages.py").exists() or not (BUILD / "add-packages.py").samefile(__file__):
        sys.exit("add-packages: this is a step of the Containerfile")
    venv.create(BUILD / "installer", with_pip=True)
    command = [
        BUILD / "installer/bin/python3",
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-compile",
        "--require-hashes",
    ]
    more = ["--find-links", "/wheels", "--target", BUILD / "lib", "-r", BUILD / "requirements.txt"]
    subprocess.run([*command, *more], check=True)  # noqa: S603  # this Python


if __name__ == "__main__":
    main()
