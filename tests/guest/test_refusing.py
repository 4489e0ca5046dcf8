"""Objects that refuse what others answer: to be compared, hashed, written or asked for an attribute."""

from typing import Any

from tests.guest.test_search import _forget_the_module, job_of  # noqa: F401  # a fixture that every test here uses

from aitestgen_guest import explore

CODE = '''
    class Schema:
        """Refuses everything."""

        def __eq__(self, other):
            raise TypeError("not compared")

        def __bool__(self):
            raise TypeError("no truth")

        def __iter__(self):
            raise TypeError("not iterated")

        def __len__(self):
            raise TypeError("no length")

        def __hash__(self):
            raise TypeError("no hash")

        def __repr__(self):
            raise TypeError("no text")

        def __getattr__(self, name):
            raise TypeError("no attribute")

    DEFAULT = Schema()
    TABLE = {"a": DEFAULT, "b": 1}

    class Codec:
        schema = DEFAULT

        def __init__(self, schema=DEFAULT, strict=False):
            self.schema = schema
            self.strict = strict

        def encode(self, text: str) -> bytes:
            if self.strict and not text:
                raise ValueError("empty")
            return text.encode()

        def pick(self, name):
            return TABLE.get(name, self.schema)

    def convert(value, schema=DEFAULT):
        if value == "none":
            return None
        if schema is DEFAULT:
            return [value]
        return (value, schema)
'''


def test_no_part_of_the_search_breaks_off() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(CODE), frames.append)
    assert [frame for frame in frames if frame["ev"] in ("failed", "unexamined")] == []
    told = {frame["target"] for frame in frames if frame["ev"] == "case"}
    assert {"Codec", "Codec.encode", "Codec.pick", "convert"} <= told
