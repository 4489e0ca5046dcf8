"""What a jail prints: kept up to a limit, counted beyond it, and a flood is reported."""

import asyncio
import os
from collections.abc import Callable
from types import TracebackType
from typing import Self

CHUNK = 1 << 16
FLOOD_FACTOR = 4


class Output:
    """Both output streams of one jail, in the order written. Always read, and never grows past `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.on_flood: Callable[[], None] = lambda: None
        self.descriptor = -1
        self._reading = -1
        self._kept = bytearray()
        self._seen = 0
        self._following = False

    def __enter__(self) -> Self:
        self._reading, self.descriptor = os.pipe()
        os.set_blocking(self._reading, False)
        return self

    def start(self) -> None:
        """Close our end for writing, and read from now on."""
        self._close_writing()
        self._following = True
        asyncio.get_running_loop().add_reader(self._reading, self._read)

    def drain(self) -> None:
        """Take what was written until now; to be called when no writer is left."""
        while self._following:
            self._read()

    @property
    def cut(self) -> bool:
        """Whether more was written than is kept."""
        return self._seen > self.limit

    def text(self) -> str:
        """What is kept, decoded leniently; it says so itself if it was cut."""
        note = f"\n[output cut: {self.limit} bytes of at least {self._seen} kept]\n" if self.cut else ""
        return self._kept.decode(errors="replace") + note

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_following()
        self._close_writing()
        os.close(self._reading)

    def _read(self) -> None:
        try:
            data = os.read(self._reading, CHUNK)
        except BlockingIOError:  # a writer is left that is not of the jail, or we were called too early
            data = b""
        if not data:
            self._stop_following()
            return
        self._take(data)

    def _take(self, data: bytes) -> None:
        """What was written next."""
        self._kept += data[: max(0, self.limit - len(self._kept))]
        before, self._seen = self._seen, self._seen + len(data)
        if before <= FLOOD_FACTOR * self.limit < self._seen:
            self.on_flood()

    def _stop_following(self) -> None:
        if self._following:
            self._following = False
            asyncio.get_running_loop().remove_reader(self._reading)

    def _close_writing(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
