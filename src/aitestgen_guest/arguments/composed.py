"""Texts that are put together from the words that a module knows."""

from collections.abc import Sequence
from random import Random

from aitestgen_guest.arguments import tables
from aitestgen_guest.arguments.pool import Pool

LONGEST, LONGEST_BLOCK = 80, 200
SPELLED = 0.3
"""How often the words are made of characters of a kind that the module tests for, where it tests for any."""
SIZES = (1, 1, 2, 2, 4)
NESTED, DEEPER, DEEPEST = 0.4, 0.3, 2
"""How often a text is brackets within brackets, where the module knows any; how often one of its items is, how deep."""
NAMED = 0.5
PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"))
_QUOTES = "\"'"
_COUNTS = (0, 1, 1, 2, 2, 3)


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


def put_together(random: Random, pool: Pool, alphabets: "Sequence[str]") -> str:
    """Known words joined, or in brackets that the module knows."""
    pairs = [pair for pair in PAIRS if set(pair) <= set(pool.signs)]
    if pairs and random.random() < NESTED:
        return _nested(random, pool, pairs)[:LONGEST]
    return joined(random, pool, alphabets)


def _nested(random: Random, pool: Pool, pairs: "Sequence[tuple[str, str]]", depth: int = 0) -> str:
    """`[1,[true]]`, `{"a":1}`, `max(1,2)`: items between brackets, named in braces, with the signs that are known,
    now and then behind a name.
    """
    opening, closing = random.choice(pairs)
    others = [sign for sign in pool.signs if sign not in _QUOTES and not any(sign in pair for pair in PAIRS)]
    between = [sign for sign in ",;" if sign in pool.signs] or others or [" "]
    naming = [sign for sign in ":=" if sign in pool.signs and opening == "{"]
    items = []
    for _ in range(random.choice(_COUNTS)):
        deeper = depth < DEEPEST and random.random() < DEEPER
        item = _nested(random, pool, pairs, depth + 1) if deeper else _leaf(random, pool)
        items.append(_quoted(random, pool) + random.choice(naming) + item if naming else item)
    names = [text for text in pool.of(str) if text.isidentifier()] if opening == "(" else []
    before = random.choice(names) if names and random.random() < NAMED else ""
    return before + opening + random.choice(between).join(items) + closing


def _leaf(random: Random, pool: Pool) -> str:
    words = [text for text in pool.of(str) if text.isalnum()]
    return str(random.choice(("1", "12", "a", _quoted(random, pool), *words)))


def _quoted(random: Random, pool: Pool) -> str:
    """A word, in quotes if the module knows any."""
    quotes = [sign for sign in _QUOTES if sign in pool.signs]
    quote = random.choice(quotes) if quotes else ""
    return quote + random.choice(("a", "b", "key")) + quote


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
