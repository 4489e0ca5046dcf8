"""Texts that are put together from the words that a module knows."""

from random import Random

from aitestgen_guest.arguments import tables
from aitestgen_guest.arguments.pool import Pool

LONGEST, LONGEST_BLOCK = 80, 200


def joined(random: Random, pool: Pool) -> str:
    """A few known words with one sign between them, now and then all the same, and as many as a number of the module
    says.
    """
    known = pool.of(str)
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
