"""Stateful and asynchronous classes written for this: the cases that are found reach nearly every branch."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.guest.test_search import MODULE, job_of

from aitestgen_guest import explore
from aitestgen_guest.tracing.probes import Probed

CORPUS = Path(__file__).parents[1] / "corpus" / "scenarios"
WANTED = 0.85


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop(MODULE, None)


def reached(source: str, executions: int = 500) -> float:
    """The share of the module's probes (blocks, and both outcomes of conditions) that the kept cases reach."""
    frames: list[dict[str, Any]] = []
    explore.main(job_of(source, executions=executions, attempts=4), frames.append)
    hit = {feature // 4 for frame in frames if frame["ev"] == "case" for feature in frame["features"]}
    return len(hit) / Probed(source).number(0)


@pytest.mark.parametrize("name", sorted(path.stem for path in CORPUS.glob("*.py")))
def test_nearly_every_branch_is_reached(name: str) -> None:
    assert reached((CORPUS / f"{name}.py").read_text()) >= WANTED
