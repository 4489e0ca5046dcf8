"""Patience with what fails."""

import time
from collections.abc import Callable
from typing import Any


def retry(function: Callable[[], Any], attempts: int = 3, delay: float = 0.5, factor: float = 2.0) -> Any:
    """What the function returns; it is called again after a failure, at last its exception is raised."""
    if attempts < 1:
        raise ValueError("at least one attempt")
    for attempt in range(1, attempts + 1):
        try:
            return function()
        except (ValueError, OSError):
            if attempt == attempts:
                raise
            time.sleep(delay)
            delay *= factor
