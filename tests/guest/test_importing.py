import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aitestgen_guest.search.importing import Importer

REGISTER = """
KNOWN = {}
def register(name, thing):
    if name in KNOWN:
        raise ValueError(name)
    KNOWN[name] = thing
"""
MODELS = """
import json
from imported_register import register
class User: ...
register("user", User)
"""


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    for name in ("imported_register", "imported_models"):
        sys.modules.pop(name, None)


def importer(folder: Path, register: str = REGISTER) -> Importer:
    folder.mkdir(exist_ok=True)
    (folder / "imported_register.py").write_text(register, encoding="utf-8")
    return Importer("imported_models", str(folder / "imported_models.py"))


@pytest.mark.parametrize("place", ["project", "site-packages"])
def test_a_module_that_fills_a_register_is_imported_with_one_of_its_own(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path / place)
    made = importer(tmp_path / place)
    code = compile(MODELS, made.file, "exec")
    json = sys.modules["json"]
    first, second, third = (made.imported(code, {"__extra__": number}) for number in range(3))
    assert vars(third)["__extra__"] == 2
    assert first.register is not second.register is not third.register
    assert third.json is json, "what Python comes with is never imported twice"
    for copy in (first, third, second):
        made.enter(copy)
        assert sys.modules["imported_models"] is copy
        assert sys.modules["imported_register"].register is copy.register


def test_other_modules_are_imported_once_where_that_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    made = importer(tmp_path, "def register(name, thing): ...")
    code = compile(MODELS, made.file, "exec")
    first, second = made.imported(code, {}), made.imported(code, {})
    assert first is not second
    assert first.register is second.register


def test_a_mutant_that_cannot_be_imported_has_nothing_else_imported_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    made = importer(tmp_path, "def register(name, thing): ...")
    code = compile(MODELS, made.file, "exec")
    made.imported(code, {})
    made.imported(code, {})
    kept = sys.modules["imported_register"]
    with pytest.raises(ZeroDivisionError):
        made.imported(compile("1 / 0", "", "exec"), {})
    assert sys.modules["imported_register"] is kept


def test_what_never_can_be_imported_twice_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    made = importer(tmp_path)
    made.imported(compile("import imported_register", made.file, "exec"), {})
    with pytest.raises(ZeroDivisionError):
        made.imported(compile("1 / 0", "", "exec"), {})
