"""Texts that are put together from the words that a module knows."""

from collections.abc import Sequence
from random import Random

from aitestgen_guest.arguments import tables
from aitestgen_guest.arguments.pool import Pool

LONGEST, LONGEST_BLOCK = 80, 200
SPELLED = 0.3
"""How often the words are made of characters of a kind that the module tests for, where it tests for any."""
SIZES = (1, 1, 2, 2, 4)


def joined(random: Random, pool: Pool, alphabets: "Sequence[str]") -> str:
    """A few known words with one sign between them, now and then all the same, or of one of the alphabets (`1/2`), and
    as many as a number of the module says.
    """
    known = pool.of(str)
    if alphabets and random.random() < SPELLED:
        alphabet = random.choice(alphabets)
        known = ["".join(random.choice(alphabet) for _ in range(size)) for size in SIZES]
    numbers = [number for number in pool.of(int) if 1 < number < 10]
    joint = random.choice((*tables.JOINTS, *pool.signs))
    counted = bool(numbers) and random.random() < tables.COUNTED
    count = random.choice(numbers) if counted else random.randint(2, 4)
    alike = random.random() < tables.ALIKE
    words = [random.choice(known)] * count if alike else [random.choice(known) for _ in range(count)]
    return str(joint.join(words)[:LONGEST])


def block(random: Random, pool: Pool) -> str:
    """Several lines: known words, some as headings with indented lines below."""
    known = pool.of(str)
    lines = []
    for _ in range(random.randint(1, 4)):
        word = random.choice(known) if random.random() < 0.7 else random.choice(tables.WORDS)
        head = word + random.choice(("", ":", ":", ": " + random.choice(tables.WORDS)))
        body = random.choice(("", "", "\n    " + random.choice((*tables.WORDS, *known))))
        lines.append(random.choice(("", "", "    ")) + head + body)
    return random.choice(("\n", "\n", "\n\n")).join(lines)[:LONGEST_BLOCK]
