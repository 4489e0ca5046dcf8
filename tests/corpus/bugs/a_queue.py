from typing import Optional


class Inbox:
    """Messages, the oldest first."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    def put(self, message: str) -> int:
        """Add a message; how many there are now."""
        self._messages.append(message)
        return len(self._messages)

    def take(self) -> Optional[str]:
        """The oldest message, None where there is none."""
        if not self._messages:
            return None
        return self._messages.pop(0)
