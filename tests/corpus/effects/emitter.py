"""Events and those who listen."""

from collections.abc import Callable
from typing import Any


class EventEmitter:
    """Calls its listeners in the order in which they came."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[tuple[Callable[..., Any], bool]]] = {}

    def on(self, event: str, listener: Callable[..., Any], once: bool = False) -> None:
        if not callable(listener):
            raise TypeError("a listener must be callable")
        self._listeners.setdefault(event, []).append((listener, once))

    def off(self, event: str, listener: Callable[..., Any]) -> bool:
        entries = self._listeners.get(event, [])
        for entry in entries:
            if entry[0] == listener:
                entries.remove(entry)
                return True
        return False

    def emit(self, event: str, *arguments: Any) -> list[Any]:
        """What the listeners return; without any, `error` events are raised."""
        entries = self._listeners.get(event, [])
        if not entries and event == "error":
            raise RuntimeError("nobody handles this error")
        results = []
        for entry in list(entries):
            results.append(entry[0](*arguments))
            if entry[1]:
                entries.remove(entry)
        return results
