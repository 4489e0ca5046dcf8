"""Helm itself, as a library, on the chart, in a process of its own (`python -m tests.deploy.charts`).

It is a Go program in a shared library, whose threads would outlive the test.
"""

import json
import subprocess
import sys
from typing import Any

from tests.deploy.tools import DEPLOY, ROOT, read_all_yaml, tool

CHART = DEPLOY / "helm/aitestgen"


class ChartRefused(Exception):
    """Helm's own word on values that it does not take."""


def lint() -> dict[str, Any]:
    """What `helm lint` says."""
    return dict(ask({"lint": True}))


def render(values: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects that `helm template` makes. Raises ChartRefused."""
    answer = ask({"values": values})
    if "error" in answer:
        raise ChartRefused(answer["error"])
    return [found for text in answer["manifests"] for found in read_all_yaml(text)]


def ask(question: dict[str, Any]) -> dict[str, Any]:
    tool("helm_python")
    command = [sys.executable, "-m", "tests.deploy.charts"]
    ended = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, cwd=ROOT, check=True, timeout=50
    )
    return dict(json.loads(ended.stdout))


def answer(question: dict[str, Any]) -> dict[str, Any]:
    helm = tool("helm_python")

    if "lint" in question:
        return dict(helm.lint(str(CHART)))
    try:
        with helm.Chart.load(str(CHART)) as chart:
            texts = chart.render(question["values"], name="demo", namespace="prod")
    except helm.HelmError as error:
        return {"error": str(error)}
    return {"manifests": [text for name, text in texts.items() if not name.endswith("NOTES.txt")]}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
