"""Work for later."""

import heapq
import time
from collections.abc import Callable


class Scheduler:
    """Runs callbacks when their time has come."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._number = 0
        self.failed = 0

    def __len__(self) -> int:
        return len(self._queue)

    def later(self, delay: float, callback: Callable[[], object]) -> int:
        """Plan a call; its number."""
        if delay < 0:
            raise ValueError("the past is over")
        self._number += 1
        heapq.heappush(self._queue, (time.monotonic() + delay, self._number, callback))
        return self._number

    def cancel(self, number: int) -> bool:
        for entry in self._queue:
            if entry[1] == number:
                self._queue.remove(entry)
                heapq.heapify(self._queue)
                return True
        return False

    def run_due(self) -> int:
        """Run all calls that are due; how many succeeded."""
        done = 0
        while self._queue and self._queue[0][0] <= time.monotonic():
            _, _, callback = heapq.heappop(self._queue)
            try:
                callback()
            except Exception:
                self.failed += 1
            else:
                done += 1
        return done
