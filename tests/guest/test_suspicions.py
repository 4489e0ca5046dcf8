"""The search for broken laws, on small modules: what is suspected, what is not, and that no test blesses it."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aitestgen_guest.arguments.inverses import inverse_of
from aitestgen_guest.findings.reduction import smaller

ROOT = Path(__file__).parents[2]


def _benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("findings_benchmark", ROOT / "benchmarks" / "findings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


benchmark = _benchmark()


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    sys.modules.pop(benchmark.MODULE, None)


def findings(code: str) -> list[Any]:
    return list(benchmark.findings_in(code, 400))


@pytest.mark.timeout(400)  # a hundred explorations; one takes a third of a second where nothing else runs
def test_most_seeded_faults_are_found_and_correct_twins_are_left_alone() -> None:
    judged = list(benchmark.judge(sorted(benchmark.faults())))
    missed = [one.name for one in judged if not one.found]
    alarms = [one.name for one in judged if one.false_alarm]
    assert len(judged) >= 36
    assert len(missed) <= 0.4 * len(judged), missed
    assert len(alarms) <= 0.1 * len(judged), alarms


def test_each_kind_of_contradiction_has_at_least_nine_faults() -> None:
    kinds = [kind for kind, _, _ in benchmark.faults().values()]
    assert all(kinds.count(kind) >= 9 for kind in ("doctest", "docstring", "annotation", "inverse"))


def test_the_smallest_reproducer_is_told_with_evidence() -> None:
    [finding] = findings('def half(n: int) -> int:\n    """Never negative."""\n    return n // 2\n')
    assert finding.reproducer == f"from {benchmark.MODULE} import half\nassert half(-1) >= 0"
    assert (finding.kind, finding.confidence, finding.quote) == ("docstring", "high", "Never negative.")
    assert finding.observed == "-1"


REVENUES = """
from dataclasses import dataclass


@dataclass(frozen=True)
class Sale:
    product: str
    quantity: int
    cents: int

    @property
    def revenue(self) -> int:
        return self.quantity * self.cents


def revenues(sales: list[Sale]) -> dict[str, int]:
    found: dict[str, int] = {}
    for sale in sales:
        found[sale.product] = found.get(sale.product, 0) + sale.revenue
    return found
"""


def test_nothing_is_suspected_where_an_object_holds_what_its_annotation_forbids() -> None:
    assert list(benchmark.findings_in(REVENUES, 1500)) == []


def test_a_doubtful_result_is_in_no_test() -> None:
    code = 'def half(n: int) -> int:\n    """Never negative."""\n    return n // 2\n'
    results = {case.observation.facts["result"] for case in benchmark.exploration_of(code, 400)[0].cases}
    assert results
    assert not any(text.startswith("-") for text in results)


@pytest.mark.parametrize(
    "code",
    [
        "def f(n: int) -> int:\n    ...\n",
        "class Base:\n    def size(self) -> int:\n        raise NotImplementedError\n",
        'def f(items):\n    """Returns the items, sorted."""\n    return items\n',
        "class Odd:\n    def __init__(self, n: int) -> None:\n        self.n = n\n\n"
        "    def __eq__(self, other: object) -> bool:\n        return isinstance(other, Odd) and self.n == other.n\n\n"
        "    __hash__ = None\n",
        "def encode(text: str) -> str:\n    return text.lower()\n\n\ndef decode(text: str) -> str:\n    return text\n",
        "def f(text):\n    return text\n\n\ndef parse_f(number: int) -> int:\n    return number\n",
        "from typing import Iterable\nclass Stock:\n    def __init__(self, count: int = 0) -> None:\n"
        "        self.count = count\n    def to_csv(self) -> str:\n        return f'count\\n{self.count}\\n'\n"
        "    @classmethod\n    def from_csv(cls, lines: Iterable[str]) -> 'Stock':\n"
        "        return cls(len(list(lines)))\n",
    ],
    ids=["stub", "abstract", "unknown arguments", "unhashable", "lossy pair", "no pair", "lines of a text"],
)
def test_what_has_a_good_reason_is_not_suspected(code: str) -> None:
    assert [one for one in findings(code) if benchmark.is_sure(one)] == []


@pytest.mark.parametrize(
    ("name", "inverse"),
    [
        ("encode", "decode"), ("dumps", "loads"), ("format_size", "parse_size"), ("to_json", "from_json"),
        ("hex_to_rgb", "rgb_to_hex"), ("b64encode", "b64decode"), ("url_quote", "url_unquote"),
    ],
)  # fmt: skip
def test_the_name_of_an_inverse_is_known(name: str, inverse: str) -> None:
    assert inverse in inverse_of(name)


def test_decoding_is_not_taken_for_the_way_there() -> None:
    assert inverse_of("decode") == []


def test_smaller_cases_have_less_or_nearer_to_zero() -> None:
    case = {
        "target": "f",
        "receiver": None,
        "calls": [],
        "arguments": [("data", "[3, -2]")],
        "keywords": {},
        "then": None,
    }
    found = [item["arguments"][0][1] for item in smaller(case)]
    assert "[-2]" in found
    assert "[3, 2]" in found
    assert "[3, -2]" not in found
