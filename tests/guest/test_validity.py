"""Which arguments count as valid: as annotated, as the docstring shows, as a guess has it."""

import textwrap
from typing import Any

import pytest

from aitestgen.analyse import understand
from aitestgen.propose.by_search.generator import described
from aitestgen.values import SourceFile
from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.specs import Namer, fits
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.findings.validity import INVALID, PLAUSIBLE, VALID, Validity, spec_of
from aitestgen_guest.search.world import World

CODE = '''
from typing import Literal

def typed(items: list[int], mode: Literal["a", "b"] = "a"):
    return items, mode

def shown(text, times=2):
    """Repeat.

    >>> shown("x", times=3)
    'xxx'
    """
    return text * times

def told(rate):
    """Rate it.

    :type rate: float
    """
    return rate

def bare(thing):
    return thing
'''


@pytest.fixture(scope="module")
def validity() -> Validity:
    source = SourceFile(text=textwrap.dedent(CODE), module="judged_module")
    targets = [described(target) for target in understand(source).targets]
    job: dict[str, Any] = {
        "path": [], "seed": 1, "module": "judged_module", "file": "/nowhere/judged_module.py", "source": source.text,
        "targets": targets, "constants": [], "skip_lines": [],
    }  # fmt: skip
    world = World(job)
    world.load()
    stage = world.stage(world.module, world.recorder)
    callables = Callables(stage.namespace, Namer(stage.namespace, {}), targets)
    return Validity(stage, callables, {target["id"]: target for target in targets})


def case(*arguments: Any, **keywords: Any) -> dict[str, Any]:
    return {
        "receiver": None, "calls": [], "arguments": [inputs.data(item) for item in arguments],
        "keywords": {name: inputs.data(item) for name, item in keywords.items()}, "then": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "level"),
    [
        ("typed", case([1, 2]), VALID),
        ("typed", case([1], mode="b"), VALID),
        ("typed", case([1], mode="c"), INVALID),
        ("typed", case([1, "2"]), INVALID),
        ("typed", case((1, 2)), INVALID),
        ("typed", case([1], other=1), INVALID),
        ("shown", case("abc"), VALID),
        ("shown", case(3), INVALID),
        ("told", case(0.5), VALID),
        ("told", case("0.5"), INVALID),
        ("told", case(float("inf")), INVALID),
        ("bare", case(7), PLAUSIBLE),
    ],
)
def test_arguments_are_as_valid_as_the_evidence_for_them(
    validity: Validity, name: str, given: dict[str, Any], level: int
) -> None:
    assert validity.of(Target({"id": name, "kind": "function"}), given) == level


@pytest.mark.parametrize("value", [1, "a", [1, "a"], {"a": 1}, (1, 2), {3}, None, True, 2.5])
def test_a_value_fits_the_spec_that_is_made_of_it(value: Any) -> None:
    assert fits(value, spec_of(value))
