"""Generation for a file under an interpreter that .ci installs, as a user calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def python_with(what: str) -> Path:
    """The interpreter in build/`what`; where there is none, the test is skipped, and fails in CI."""
    python = ROOT / "build" / what / "bin/python"
    if not python.exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"not installed: .ci/install-{what}")
    return python


def generated(folder: Path, python: Path, code: str) -> tuple[dict[str, Any], str]:
    """What the report says of the module, and the suite."""
    (folder / "subject.py").write_text(code)
    command = [sys.executable, "-m", "aitestgen", "generate", "subject.py", "--llm", "none", "--seed", "1"]
    command += ["--python", str(python), "--json", "--output", "tests", "--budget", "20"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)["modules"][0]
    return report, (folder / "tests/test_subject.py").read_text()
