"""Changes of a module's own variables: seen, undone, and said to the test."""

import types

from aitestgen_guest.calls.module_state import ModuleState

SOURCE = """
TABLE = [("a", "b")]
REGISTRY = {}
_CACHE = {}
count = 0
LIMIT = 5

def register(name):
    global count
    count += 1
    REGISTRY[name] = count
    TABLE.insert(0, (name, name))
    _CACHE[name] = 1
"""


def loaded() -> tuple[types.ModuleType, ModuleState]:
    module = types.ModuleType("registry")
    exec(SOURCE, vars(module))  # noqa: S102 - the text above
    return module, ModuleState(SOURCE, module)


def test_what_a_call_changed_is_put_back_and_named() -> None:
    module, state = loaded()
    module.register("x")
    assert state.undo() == ["count", "TABLE", "REGISTRY"]
    assert (module.count, module.TABLE, module.REGISTRY) == (0, [("a", "b")], {})
    assert state.undo() == []


def test_the_same_object_is_put_back() -> None:
    module, state = loaded()
    table = module.TABLE
    module.register("x")
    state.undo()
    assert module.TABLE is table


def test_a_cache_is_left_alone() -> None:
    module, state = loaded()
    module.register("x")
    state.undo()
    assert module._CACHE == {"x": 1}


def test_a_test_gets_variables_of_its_own() -> None:
    _, state = loaded()
    assert state.lines(["count", "TABLE"]) == [
        'monkeypatch.setattr("registry.count", count)',
        'monkeypatch.setattr("registry.TABLE", TABLE.copy())',
    ]
