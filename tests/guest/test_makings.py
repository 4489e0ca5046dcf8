"""Objects of classes whose constructors refuse most of what they are given."""

from typing import Any

from tests.guest.test_search import job_of, search_of

from aitestgen_guest import explore

BOOKS = """
    class Account:
        def __init__(self, code, name):
            if not code.isdigit() or len(code) != 4:
                raise ValueError(f"bad code: {code}")
            self.code = code
            self.name = name


    class Ledger:
        def __init__(self):
            self.accounts = {}

        def open(self, account):
            if account.code in self.accounts:
                raise ValueError("account exists")
            self.accounts[account.code] = account
"""


MODELS = """
    from pydantic import BaseModel, Field


    class Line(BaseModel):
        sku: str = Field(pattern=r"^[A-Z]{3}-\\d+$")
        quantity: int = Field(gt=0, le=1000, alias="count")


    class Basket(BaseModel):
        lines: list[Line] = Field(min_length=1)


    def pieces(basket: Basket) -> int:
        return sum(line.quantity for line in basket.lines)
"""


def cases_of(target: str, code: str = BOOKS) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(code), frames.append)
    return [frame for frame in frames if frame["ev"] == "case" and frame["target"] == target]


def test_other_targets_get_objects_that_are_hard_to_make() -> None:
    cases = cases_of("Ledger.open")
    assert {"returns", "raises"} == {case["observation"]["outcome"] for case in cases}
    assert all("Account(" in case["arguments"][0] for case in cases)


def test_what_an_attribute_holds_is_counted_where_it_cannot_be_written_down() -> None:
    opened = next(case for case in cases_of("Ledger.open") if case["observation"]["outcome"] == "returns")
    assert opened["observation"]["facts"]["receiver:len({}.accounts)"] == "1"


def test_models_are_made_that_keep_to_their_fields_limits_and_hold_other_models() -> None:
    counts = {case["observation"]["facts"].get("result") for case in cases_of("pieces", MODELS)}
    assert counts - {None, "0"}


def test_an_error_of_a_compiled_module_is_imported_from_the_package_in_use() -> None:
    refused = next(c for c in cases_of("Line", MODELS) if c["observation"]["outcome"] == "raises")
    assert refused["observation"]["facts"]["error"] == "ValidationError"
    assert refused["imports"]["ValidationError"] == "from pydantic import ValidationError"


def test_of_a_framework_s_object_only_what_its_own_class_declares_is_looked_at() -> None:
    made = next(case for case in cases_of("Line", MODELS) if case["observation"]["outcome"] == "returns")
    assert not [label for label in made["observation"]["facts"] if "model_" in label]


PLATES = """
    def parse(plate):
        parts = plate.split("-")
        if len(parts) != 3:
            raise ValueError(f"three parts are needed, not {len(parts)}")
        if not all(part.isalnum() for part in parts):
            raise ValueError(f"bad part in {plate}")
        return parts


    def region(plate, names, default="unknown"):
        code = parse(plate)[0]
        return names.get(code.upper(), default)
"""


def test_what_a_function_accepts_is_given_to_those_that_hand_it_on() -> None:
    outcomes = [case["observation"]["facts"].get("result") for case in cases_of("region", PLATES)]
    assert "'unknown'" in outcomes


RECORDS = """
    class Model:
        def __init__(self, **values):
            for name, value in values.items():
                if name not in type(self).__annotations__:
                    raise TypeError(name)
                setattr(self, name, value)

    class Author(Model):
        name: str
        born: int
        _state: str

        def initials(self):
            return "".join(part[0].upper() for part in self.name.split())
"""


def test_a_constructor_that_takes_anything_is_given_what_the_class_declares() -> None:
    _, search = search_of(RECORDS, "Author.initials")
    assert [parameter.name for parameter in search.callables.parameters("Author")] == ["name", "born"]
    results = {entry.observation["facts"].get("result") for entry in search.kept.results()}
    assert results - {None, "''"}
