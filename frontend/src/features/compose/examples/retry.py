import asyncio
from collections.abc import Sequence


class OutOfAttempts(Exception):
    """Every attempt failed."""


async def first_success(results: Sequence[int | None], attempts: int = 3) -> int:
    """The first result that is there, looking at no more than `attempts` of them.

    Raises OutOfAttempts where none of them is.
    """
    if attempts < 1:
        raise ValueError("at least one attempt is needed")
    for result in results[:attempts]:
        await asyncio.sleep(0)
        if result is not None:
            return result
    raise OutOfAttempts(f"no result in {min(attempts, len(results))} attempts")


async def total(values: Sequence[int], limit: int = 100) -> int:
    """The sum, cut at the limit."""
    added = 0
    for value in values:
        await asyncio.sleep(0)
        added += value
        if added >= limit:
            return limit
    return added
