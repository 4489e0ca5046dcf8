import pytest

from aitestgen.analyse import understand
from aitestgen.values import SourceFile


def hints(code: str) -> dict[str, tuple[str, ...]]:
    """The hints of each parameter, by `target.parameter`."""
    found = understand(SourceFile(text=code, module="shop")).targets
    return {f"{target.id}.{one.name}": one.hints for target in found for one in target.parameters}


def first(code: str, parameter: str = "f.p") -> str:
    return (hints(code)[parameter] or ("",))[0]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("int", ("int",)),
        ("float", ("float",)),
        ("bool", ("bool",)),
        ("str | None", ("str", "none")),
        ("Optional[bytes]", ("bytes", "none")),
        ("Union[int, str]", ("int", "str")),
        ("'int'", ("int",)),
        ("list[int]", ("list[int]",)),
        ("Sequence[str]", ("list[str]",)),
        ("Iterable[Box]", ("list[Any]",)),
        ("dict[str, int]", ("dict",)),
        ("Mapping", ("dict",)),
        ("set[int]", ("set",)),
        ("tuple[int, ...]", ("tuple",)),
        ("Callable[[int], str]", ("callable",)),
        ("Iterator[int]", ("iterator",)),
        ("dt.datetime", ("datetime",)),
        ("date", ("date",)),
        ("timedelta", ("timedelta",)),
        ("Path", ("path",)),
        ("TextIO", ("file",)),
        ("re.Pattern[str]", ("regex",)),
        ("Annotated[int, 'positive']", ("int",)),
        ("Literal['a', 'b']", ("literal:'a'", "literal:'b'")),
        ("Box", ("class:Box",)),
        ("'Box | None'", ("class:Box", "none")),
        ("Number", ("int", "float")),
        ("UserId", ("int",)),
        ("Bounded", ("str",)),
        ("Any", ()),
    ],
)
def test_an_annotation_decides(annotation: str, expected: tuple[str, ...]) -> None:
    code = (
        "from typing import *\nNumber = Union[int, float]\nUserId = NewType('UserId', int)\n"
        f"Bounded = TypeVar('Bounded', bound=str)\nclass Box: ...\ndef f(p: {annotation}): return [p]\n"
    )
    assert hints(code)["f.p"] == expected


def test_an_annotation_is_not_overruled_by_use() -> None:
    assert hints("def f(p: str):\n    p.append(1)\n    return p + 1\n")["f.p"] == ("str",)


def test_a_name_says_what_an_annotated_text_is_about() -> None:
    found = hints("def f(url: str, host: str | None, email: list, version_string: 'str'):\n    return url\n")
    assert [found[f"f.{name}"] for name in ("url", "host", "version_string")] == [
        ("str", "url"), ("str", "host", "none"), ("str", "version"),
    ]  # fmt: skip
    assert "email" not in found["f.email"]


def test_a_bare_list_is_refined_by_use() -> None:
    assert first("def f(p: list):\n    return [x.upper() for x in p]\n") == "list[str]"


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("3", "int"),
        ("1.5", "float"),
        ("'x'", "str"),
        ("b''", "bytes"),
        ("True", "bool"),
        ("()", "tuple"),
        ("{}", "dict"),
        ("[1, 2]", "list[int]"),
        ("lambda x: x", "callable"),
        ("LIMIT", "int"),
        ("Colour.RED", "class:Colour"),
        ("helper", "callable"),
        ("random.choice", "callable"),
        ("math.pi", "float"),
        ("-1", "int"),
    ],
)
def test_a_default_tells_the_type(default: str, expected: str) -> None:
    code = (
        "import math, random\nfrom enum import Enum\nLIMIT = 9\nclass Colour(Enum):\n    RED = 1\n"
        f"def helper(): ...\ndef f(p={default}): return [p]\n"
    )
    assert first(code) == expected


def test_code_that_asks_for_none_allows_it_last_whatever_the_annotation_says() -> None:
    code = "def f(name: str):\n    return 0 if name is None else len(name)\n"
    assert hints(code)["f.name"] == ("str", "none")


def test_a_default_of_none_allows_none_last() -> None:
    assert hints("def f(name=None):\n    return name.lower()\n")["f.name"] == ("str", "none")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("n", "int"),
        ("count", "int"),
        ("max_size", "int"),
        ("text", "str"),
        ("user_name", "str"),
        ("s", "str"),
        ("items", "list[Any]"),
        ("numbers", "list[int]"),
        ("words", "list[str]"),
        ("callback", "callable"),
        ("predicate", "callable"),
        ("on_change", "callable"),
        ("is_open", "bool"),
        ("flag", "bool"),
        ("mapping", "dict"),
        ("now", "datetime"),
        ("timeout", "float"),
        ("path", "route"),
        ("filename", "path"),
        ("encoding", "encoding"),
        ("hosts", "list[str]"),
        ("image_url", "url"),
        ("big_box", "class:BigBox"),
        ("frobnicated", ""),
    ],
)
def test_a_name_is_a_guess_where_nothing_else_is_known(name: str, expected: str) -> None:
    code = f"class BigBox:\n    def open_lid(self): ...\ndef f({name}): return {name}\n"
    assert first(code, f"f.{name}") == expected


def test_a_path_is_one_of_files_where_the_module_has_to_do_with_such() -> None:
    assert first("import os\ndef f(path): return path\n", "f.path") == "path"
    assert first("def f(path):\n    with open(path) as file:\n        return file\n", "f.path") == "path"


@pytest.mark.parametrize(
    "docstring",
    [
        "Do.\n\n    Args:\n        p (list of str): what to do.\n        q: other\n    ",
        "Do.\n\n    Parameters\n    ----------\n    p : list of str\n        What to do.\n    ",
        "Do.\n\n    :param p: what to do\n    :type p: list[str]\n    ",
        "Do.\n\n    >>> f(['a', 'b'])\n    1\n    ",
    ],
    ids=["google", "numpy", "rest", "doctest"],
)
def test_a_docstring_tells_the_type(docstring: str) -> None:
    assert first(f'def f(p, q=1):\n    """{docstring}"""\n    return [p]\n') == "list[str]"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return p.strip().title()", "str"),
        ("p.append(1)", "list[Any]"),
        ("return [k for k, v in p.items()]", "dict"),
        ("return p.union({1})", "set"),
        ("return p.hour", "datetime"),
        ("return p.total_seconds()", "timedelta"),
        ("return p.readline()", "file"),
        ("return p.read_text()", "path"),
        ("return p.decode()", "bytes"),
        ("return p < 10", "int"),
        ("return p > 0.5", "float"),
        ("return p == 'yes'", "str"),
        ("return p in ('a', 'b')", "str"),
        ("return p in COLOURS", "str"),
        ("return 'x' in p", "str"),
        ("return p is True", "bool"),
        ("return p % 2", "int"),
        ("return p + 'x'", "str"),
        ("return 2.5 * p", "float"),
        ("return -p", "int"),
        ("total = 0\n    total += p\n    return total", "int"),
        ("for x in p:\n        print(x)", "list[Any]"),
        ("return [x + 1 for x in p]", "list[int]"),
        ("return [x.upper() for x in p]", "list[str]"),
        ("return [x.isdigit() for x in p]", "str"),
        ("return [ord(x) for x in p]", "str"),
        ("for i, x in enumerate(p):\n        print(i + x.lower())", "list[str]"),
        ("return p['key']", "dict"),
        ("p[3] = 1", "list[int]"),
        ("return p[1:]", "list[Any]"),
        ("return [1, 2][p]", "int"),
        ("return TABLE[p]", "str"),
        ("return 'abc'[:p]", "int"),
        ("return range(p)", "int"),
        ("return isinstance(p, Box)", "class:Box"),
        ("return isinstance(p, (str, bytes))", "str"),
        ("return p(1)", "callable"),
        ("return sorted([1], key=p)", "callable"),
        ("return map(p, [1])", "callable"),
        ("return re.match('a', p)", "str"),
        ("return PATTERN.match(p)", "str"),
        ("return int(p)", "str"),
        ("return json.loads(p)", "json-string"),
        ("return open(p)", "path"),
        ("return ', '.join(p)", "list[str]"),
        ("return sum(p)", "list[int]"),
        ("return next(p)", "iterator"),
        ("return f'{p:.2f}'", "float"),
        ("return p.open_lid()", "class:Box"),
        ("first, second = p\n    return first", "tuple"),
        ("return dict(**p)", "dict"),
        ("return len(p)", "list[Any]"),
        ("return math.sqrt(p)", "float"),
        ("if p:\n        return 1", "bool"),
        ("p = list(p)\n    p.append(1)\n    p.sort()\n    return p.pop() + 1", "list[Any]"),
        ("p = str(p)\n    return p.upper()", ""),
    ],
)
def test_use_in_the_body_tells_the_type(body: str, expected: str) -> None:
    code = (
        "import json, math, re\nPATTERN = re.compile('a')\nTABLE = {'a': 1}\nCOLOURS = {'red', 'blue'}\n"
        f"class Box:\n    def open_lid(self): ...\ndef f(p):\n    {body}\n"
    )
    assert first(code) == expected


def test_a_name_may_be_that_of_an_imported_class_of_the_project() -> None:
    assert first("from .boxes import BigBox\ndef f(big_box): return big_box\n", "f.big_box") == "class:BigBox"
    assert first("from collections import Counter\ndef f(counter): return counter\n", "f.counter") == "dict"


def test_use_after_the_callee_is_known_propagates() -> None:
    assert first("def g(q):\n    return q.upper()\ndef f(p):\n    return g(p)\n") == "str"
    methods = "class A:\n    def g(self, q):\n        return q % 2\n    def f(self, p):\n        return self.g(p)\n"
    assert first(methods, "A.f.p") == "int"


def test_call_sites_tell_the_type() -> None:
    assert first("def f(p):\n    return [p]\nif __name__ == '__main__':\n    print(f('x'))\n") == "str"
    assert (
        first("class A:\n    def __init__(self, p):\n        self.p = p\ndef test_a():\n    assert A(p=[1])\n", "A.p")
        == "list[int]"
    )


def test_attributes_assigned_in_the_constructor_are_followed() -> None:
    code = (
        "class A:\n    def __init__(self, p, q=None):\n        self.p = p\n        self._q = q or print\n"
        "    def go(self, r):\n        self._q(self.p.upper())\n        self.left = 1.5\n"
        "    def less(self, s):\n        return s < self.left\n"
    )
    found = hints(code)
    assert (found["A.p"], found["A.q"][0], found["A.less.s"][0]) == (("str",), "callable", "float")


def test_the_other_operand_is_of_the_same_class() -> None:
    code = (
        "class Money:\n    def __init__(self, v=1):\n        self.v = v\n"
        "    def __add__(self, other):\n        return other.v\n"
    )
    assert first(code, "Money.__add__.other") == "class:Money"


def test_hints_of_star_arguments_are_of_one_element() -> None:
    found = hints("def f(*p, **q):\n    for x in p:\n        print(x.upper())\n    return q\n")
    assert found == {"f.p": ("str",), "f.q": ()}


def test_an_enum_takes_its_values() -> None:
    code = "from enum import Enum\nclass Colour(Enum):\n    RED = 'red'\n    BLUE = 'blue'\n"
    assert hints(code)["Colour.value"] == ("literal:'red'", "literal:'blue'")


def test_there_are_at_most_four_hints() -> None:
    code = "def f(p):\n    p.lower(); p.append(1); p.items(); p.union(); p.hour; p.decode(); p(1)\n"
    assert len(hints(code)["f.p"]) == 4


def test_what_a_parameter_is_compared_with_is_kept_with_it() -> None:
    code = (
        "OPS = {'mod': 1}\ndef f(op, n):\n"
        "    if op == '+' or op.lower() in ('minus', '-') or op in OPS:\n        return 1\n"
        "    match op:\n        case '*' | '/':\n            return 2\n    return n > 10 or n is None\n"
    )
    parameters = understand(SourceFile(text=code, module="m")).targets[0].parameters
    assert set(parameters[0].constants) == {"'+'", "'minus'", "'-'", "'mod'", "'*'", "'/'"}
    assert parameters[1].constants == ("10",)


def test_what_is_called_a_word_and_gone_through_is_a_text_or_else_a_list() -> None:
    found = hints("def f(word):\n    for one in word:\n        print(one)\n")["f.word"]
    assert found[:2] == ("str", "list[Any]")


def test_what_is_called_a_word_and_appended_to_is_a_list() -> None:
    assert first("def f(word):\n    word.append(1)\n    word.sort()\n    return word\n", "f.word") == "list[Any]"


@pytest.mark.parametrize(
    "looked_up",
    ["FACTORS[source, target]", "FACTORS.get((source, target), 1)", "(source.lower(), target) in FACTORS"],
)
def test_parts_of_a_key_are_what_stands_in_their_place_in_the_keys_of_the_table(looked_up: str) -> None:
    code = f'FACTORS = {{("km", "mi"): 0.6, ("c", "f"): 2, 7: 1}}\n\ndef f(source, target):\n    return {looked_up}\n'
    (target,) = understand(SourceFile(text=code, module="shop")).targets
    assert [one.constants for one in target.parameters] == [("'km'", "'c'"), ("'mi'", "'f'")]


def test_what_a_table_is_asked_for_is_one_of_its_keys() -> None:
    code = 'NAMES = {"a": 1, "b": 2}\n\ndef f(key):\n    return NAMES.get(key)\n'
    (target,) = understand(SourceFile(text=code, module="shop")).targets
    assert target.parameters[0].constants == ("'a'", "'b'")


def test_code_with_threads_waits_but_shortly() -> None:
    code = "def get(timeout=None):\n    return items.get(timeout=timeout)\n"
    for imported, constants in (("import queue\n", ("0", "0.01")), ("", ())):
        subject = understand(SourceFile(module="subject", text=imported + code), (), ())
        assert subject.targets[0].parameters[0].constants == constants


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ("for key, value in named.items(): ...", ("'first'",)),
        ("return [one for one in named]", ("'first'",)),
        ("return sorted(named)", ("'first'",)),
        ("return named.get('size'), named.items()", ("'size'",)),
        ("return open(**named)", ()),
    ],
)
def test_a_function_that_goes_through_its_keywords_is_given_some(body: str, keys: tuple[str, ...]) -> None:
    subject = understand(SourceFile(module="subject", text=f"def f(**named):\n    {body}\n"), (), ())
    assert subject.targets[0].parameters[0].constants == keys
