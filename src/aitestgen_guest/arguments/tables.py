"""Plain values that are worth trying as inputs, whatever the module: the search adds those that it sees."""

from aitestgen_guest.shapes import Spec

WORDS = (
    "",
    "a",
    "abc",
    "hello world",
    "Hello",
    "ABC",
    "alice",
    "bob",
    "0",
    "12",
    "-1",
    "3.14",
    " ",
    " padded ",
    "a,b,c",
    "x=1",
    "é",
    "a\nb",
)
NAMES = ("a", "b", "c")
JOINTS = ("", "", " ", "-", ",", ":", "\n")
"""What stands between the words of a text, beside the signs that the module knows."""
SHOWN = 0.1
"""How often a list is one that the module shows."""
INTS = (0, 1, 2, 3, -1, 5, 10, -7, 100, 7, 1000, 255)
FLOATS = (0.0, 1.0, 0.5, -1.0, 2.5, 10.0, 100.0, -0.5, 0.1, 1e6)
CALLABLES = {
    None: (
        "lambda *args: None",
        "lambda *args: args",
        "lambda *args: args[0] if args else 0",
        "lambda *args: True",
        "int",
        "str",
        "len",
    ),
    0: ("lambda: None", "lambda: 1", "list", "dict"),
    1: (
        "lambda x: x",
        "str",
        "lambda x: None",
        "lambda x: x > 1",
        "len",
        "bool",
        "lambda x: True",
        "lambda x: False",
        "lambda x: -x",
    ),
    2: ("lambda a, b: a + b", "lambda a, b: None", "max", "lambda a, b: a < b", "lambda a, b: a"),
    3: ("lambda a, b, c: a", "lambda a, b, c: None", "lambda a, b, c: (a, b, c)", "lambda a, b, c: True"),
}
DOCUMENTS = 0.25
"""How often a text is of the kind that the module reads, where it reads any."""
FAILURES = ('ValueError("boom")', 'KeyError("key")', 'OSError("down")')
STREAM = "arriving"
"""An async generator function that tests define (definitions.py): it yields what it is given."""
SENT = 0.9
LATE = 0.25
"""How often what is awaited takes its time."""
ANSWERS = ("done", "done", 1)
"""What a function answers of which nothing else is known."""
DOCUMENT = 0.5
"""How often it is a document instead, where the module looks something up by name."""
DATES = ((2024, 2, 29), (2023, 12, 31), (2024, 1, 1), (2023, 6, 15))
MOMENTS = ((2024, 1, 1, 12, 30), (2023, 12, 31, 23, 59, 59), (2024, 2, 29), (2024, 1, 1, 0, 0, 0, 500))
ZONES = ("dt.timezone.utc", "dt.timezone(dt.timedelta(hours=2))")
SPANS: "tuple[dict[str, int], ...]" = (
    {"days": 1}, {"days": 0}, {"seconds": 90}, {"days": -1}, {"hours": 5}, {"days": 40}, {"days": 400},
    {"microseconds": 500}, {"milliseconds": 20}, {"seconds": 1}, {"minutes": 1}, {"days": 800},
    {"days": 1, "seconds": 1}, {"hours": 1, "minutes": 1}, {"days": 365, "hours": 3}, {"days": 7}, {"days": 30},
    {"days": 365}, {"hours": 1}, {"hours": 24}, {"minutes": 59, "seconds": 59},
)  # fmt: skip
ANYTHING: "tuple[Spec, ...]" = (
    ("int",), ("str",), ("list", ("int",)), ("float",), ("none",), ("bool",), ("dict", ("str",), ("int",)),
    ("list", ("str",)), ("tuple*", ("int",)), ("list", ("tuple", (("int",), ("str",)))), ("set", ("int",)),
    ("dict", ("int",), ("str",)),
)  # fmt: skip
GENERIC_TYPES = (
    "Optional[int]", "List[int]", "Dict[str, int]", "Union[int, str]", "Tuple[int, ...]", "Tuple[int, str]", "Set[str]",
    "Any", 'Literal["a", "b"]', "dict", "tuple",
)  # fmt: skip
TYPES = ("int", "str", "list", "ValueError", "object")
TAILS = (b"abc", b"\x01\x00\x02\x00", b"\x00" * 8, b"\xff" * 4, b"\n")
"""What bytes go on with, behind the beginning that the code looks for."""
OPTIONAL = (0.2, 0.5, 0.9)
"""How many of the keys that code can do without data has."""
COUNTED, ALIKE = 0.4, 0.3
"""How often a text has as many words as a number of the module says, and how often they are all the same."""
REPLACED = 0.5
"""How often nested data has one part made anew, instead of changed in any other way."""
RECORDED = 0.6
"""How often a method of a stand-in, or a function that is only notified, keeps how it was called."""
REAL = 0.95
"""How often what is used as an object of the standard library is one, and no stand-in."""
