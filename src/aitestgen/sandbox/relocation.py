"""A guest's places in a jail without a file system of its own: we call them /job and /tmp all the same. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aitestgen.sandbox.run_folder import RunFolder

JOB = "/job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocation:
    """Names of files on their way into one run's folder, and out of it again."""

    folder: RunFolder
    library: Path

    def inward(self, job: Any) -> Any:
        """A JSON value with each whole string that names a place in /job turned into the real one."""
        return _mapped(job, self._inward)

    def outward(self, value: Any) -> Any:
        """A JSON value in whose texts the real places are /job and /tmp again."""
        return _mapped(value, self.text)

    def text(self, text: str) -> str:
        """The same for a text."""
        text = text.replace(str(self.library), "/aitestgen")
        root = str(self.folder.root)
        return re.sub(rf"{re.escape(root)}/(job|tmp)\b", r"/\1", text) if root in text else text

    def _inward(self, text: str) -> str:
        return f"{self.folder.job}{text.removeprefix(JOB)}" if text == JOB or text.startswith(f"{JOB}/") else text


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key): _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(inner, change) for inner in value]
    return value
