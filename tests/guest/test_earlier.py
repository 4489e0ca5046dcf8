"""Functions that share the module's own variables: what others changed comes before the call."""

from typing import Any

from tests.guest.test_search import _forget_the_module, job_of  # noqa: F401  # a fixture that every test here uses

from aitestgen_guest import explore
from aitestgen_guest.search.earlier import changers

BANK = """
    ACCOUNTS = {}
    LIMITS = {"day": 100}
    next_number = 1

    def open_account(owner):
        global next_number
        number = next_number
        next_number += 1
        ACCOUNTS[number] = {"owner": owner, "balance": 0}
        return number

    def deposit(number, amount):
        _account(number)["balance"] += amount

    def _account(number):
        if number not in ACCOUNTS:
            raise KeyError(number)
        return ACCOUNTS[number]

    def transfer(source, target, amount):
        deposit(source, -amount)
        deposit(target, amount)
        return True

    def limit():
        return LIMITS["day"]
"""
VARIABLES = frozenset({"ACCOUNTS", "LIMITS", "next_number"})


def source() -> str:
    return str(job_of(BANK)["source"])


def test_what_a_function_uses_through_others_is_changed_by_those_that_assign_it() -> None:
    found = changers(source(), VARIABLES)
    assert found["_account"] == found["deposit"] == found["transfer"] == ["open_account"]


def test_a_function_whose_variables_nobody_changes_has_none_before_it() -> None:
    assert "limit" not in changers(source(), VARIABLES)


def test_methods_that_change_their_object_count() -> None:
    code = "LOG = []\ndef note(text):\n    LOG.append(text)\ndef last():\n    return LOG[-1]\n"
    assert changers(code, frozenset({"LOG"})) == {"note": ["note"], "last": ["note"]}


def cases_of(target: str) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(BANK), frames.append)
    return [frame for frame in frames if frame["ev"] == "case" and frame["target"] == target]


def test_what_is_looked_up_has_been_registered_before() -> None:
    (done,) = [case for case in cases_of("transfer") if case["observation"]["outcome"] == "returns"][:1]
    assert done["calls"][0].startswith("open_account(")
    assert done["observation"]["facts"]["result"] == "True"


def test_what_a_silent_call_leaves_in_the_module_is_shown() -> None:
    observations = [case["observation"] for case in cases_of("deposit")]
    shown = {label: seen["facts"][label] for seen in observations for label in seen["shown"]}
    (text,) = {text for label, text in shown.items() if label.endswith(".ACCOUNTS")}
    assert text.startswith("{1: {'owner': ")


SHAPES = """
    class Shape:
        registry = {}
        count = 0

        def __init__(self, name):
            Shape.registry[name] = self
            type(self).count += 1

        @classmethod
        def find(cls, name):
            if name not in cls.registry:
                raise KeyError(name)
            return cls.registry[name]

        @staticmethod
        def double(number):
            return 2 * number

        def rename(self, name):
            self.registry[name] = self
"""


def test_an_object_is_made_before_its_class_is_asked_for_it() -> None:
    found = changers(str(job_of(SHAPES)["source"]), frozenset({"Shape.registry", "Shape.count"}))
    assert found == {"Shape.find": ["Shape"]}


def test_what_a_class_keeps_is_found_again() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(SHAPES), frames.append)
    cases = [frame for frame in frames if frame["ev"] == "case" and frame["target"] == "Shape.find"]
    assert {"returns", "raises"} == {case["observation"]["outcome"] for case in cases}
    found = next(case for case in cases if case["observation"]["outcome"] == "returns")
    assert any(line.startswith('monkeypatch.setattr(Shape, "registry"') for line in found["observation"]["effects"])
