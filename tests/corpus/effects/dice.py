"""Games of chance."""

import random
import re


def roll(notation: str) -> int:
    """Throw dice: `2d6+1`."""
    match = re.fullmatch(r"(\d*)d(\d+)([+-]\d+)?", notation)
    if match is None:
        raise ValueError(f"not dice: {notation}")
    count, sides = int(match.group(1) or 1), int(match.group(2))
    if sides < 2 or count > 100:
        raise ValueError("no such dice")
    total = sum(random.randint(1, sides) for _ in range(count))
    return total + int(match.group(3) or 0)


def draw_winners(names: list[str], count: int = 1) -> list[str]:
    """Different names, drawn without favour, in order."""
    candidates = list(dict.fromkeys(names))
    if count < 1 or not candidates:
        return []
    if count >= len(candidates):
        return sorted(candidates)
    return sorted(random.sample(candidates, count))
