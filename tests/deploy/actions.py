"""The steps of action.yml as a runner takes them: expressions out of an event, scripts by bash, outputs by files."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deploy.tools import ROOT, ran, read_yaml

EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Of one job: where it is checked out, its event, and what the steps have left."""

    checkout: Path
    temporary: Path
    event: Mapping[str, Any]
    inputs: Mapping[str, str]
    path: str
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        """One step. Its outputs are there for the next."""
        (step,) = [step for step in read_yaml(ROOT / "action.yml")["runs"]["steps"] if step["name"] == name]
        file = self.temporary / f"output-{name}"
        file.touch()
        given = {key: self.value(value) for key, value in step["env"].items()}
        ended = ran(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.checkout,
            env={**given, **self.own(), "GITHUB_OUTPUT": str(file)},
        )
        self.outputs[step.get("id", name)] = dict(line.split("=", 1) for line in file.read_text().splitlines())
        return ended

    def own(self) -> dict[str, str]:
        """What every step gets."""
        return {
            "PATH": f"{self.path}:{os.environ['PATH']}",
            "HOME": str(self.temporary),
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_STEP_SUMMARY": str(self.temporary / "step-summary"),
        }

    def value(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self.looked_up(found[1]), str(text))

    def looked_up(self, name: str) -> str:
        """The value of a name; empty where the event has none, as on GitHub. Raises KeyError for an unknown input."""
        first, _, rest = name.partition(".")
        if first == "inputs":
            default = read_yaml(ROOT / "action.yml")["inputs"][rest]["default"]
            return self.inputs.get(rest, self.value(default))
        if first == "steps":
            step, _, output = rest.partition(".outputs.")
            return self.outputs[step][output]
        own = {"action_path": str(ROOT), "repository": "owner/project", "token": "t0ken"}
        if rest in own:
            return own[rest]
        found: Any = {"event": self.event}
        for key in rest.split("."):
            found = found.get(key, {}) if isinstance(found, Mapping) else {}
        return str(found or "")
