"""State behind attributes, copies and blocks."""

from typing import Any


class Thermostat:
    def __init__(self, target: int = 20) -> None:
        self._target = target
        self._history: list[int] = []
        self._away = False

    @property
    def target(self) -> int:
        return 15 if self._away else self._target

    @target.setter
    def target(self, value: int) -> None:
        if not 5 <= value <= 30:
            raise ValueError("out of range")
        self._history.append(self._target)
        self._target = value

    @target.deleter
    def target(self) -> None:
        self._target = 20

    @property
    def model(self) -> str:
        return "T1"

    @model.setter
    def model(self, value: str) -> None:
        raise AttributeError("the model is fixed")

    def undo(self) -> int:
        if not self._history:
            raise LookupError("nothing to undo")
        self._target = self._history.pop()
        return self._target

    def __enter__(self) -> "Thermostat":
        self._away = True
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self._away = False
        if kind is not None:
            self._target = 20
        return kind is ValueError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Thermostat):
            return NotImplemented
        return self._target == other._target

    def __hash__(self) -> int:
        return hash(self._target)

    def __copy__(self) -> "Thermostat":
        twin = Thermostat(self._target)
        twin._history = list(self._history)
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {"target": self._target}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._target = state["target"]
        self._history = []
        self._away = False
