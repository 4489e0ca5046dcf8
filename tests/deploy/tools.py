"""The tools of requirements/deploy.txt: found, or demanded where continuous integration has to have them."""

import importlib
import importlib.util
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def tool(module: str) -> Any:
    """The module, or the test is skipped, and failed where CI=true."""
    if importlib.util.find_spec(module) is None:
        missing(f"{module} is not installed: make deploy-tools")
    return importlib.import_module(module)


def ran(command: Sequence[Path | str], **more: Any) -> subprocess.CompletedProcess[str]:
    """How the program ended, and what it said."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def missing(reason: str) -> None:
    """Skip; where continuous integration has to have the tool, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def read_yaml(path: Path) -> Any:
    return tool("yaml").safe_load(path.read_text())


def read_all_yaml(text: str) -> list[Any]:
    return [document for document in tool("yaml").safe_load_all(text) if document]
