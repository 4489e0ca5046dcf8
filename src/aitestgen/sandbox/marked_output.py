"""Output whose end is marked: what a container prints comes by other ways than its records, and may come later."""

import asyncio
import secrets

from aitestgen.sandbox.output import Output


class MarkedOutput(Output):
    """As Output, until pid 1 has written `mark`, which no guest knows. What comes after it is dropped."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.mark = secrets.token_hex(16)
        self._held = b""
        self._ended = asyncio.Event()

    async def ended(self, seconds: float) -> bool:
        """Wait for the mark; whether it came."""
        try:
            async with asyncio.timeout(seconds):
                return await self._ended.wait()
        except TimeoutError:
            return False

    def drain(self) -> None:
        super().drain()
        held, self._held = self._held, b""
        if held and not self._ended.is_set():
            super()._take(held)

    def _take(self, data: bytes) -> None:
        if self._ended.is_set():
            return
        mark = self.mark.encode()
        data = self._held + data
        place = data.find(mark)
        if place >= 0:
            self._ended.set()
            self._held = b""
        else:
            place = max(0, len(data) - len(mark) + 1)  # the mark may have begun
            self._held = data[place:]
        if place:
            super()._take(data[:place])
