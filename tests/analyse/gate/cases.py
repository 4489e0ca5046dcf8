# ruff: noqa: E501  # one case a line
"""What the gate refuses and allows, as a table. `python -m tests.analyse.gate.cases` prints it with verdicts and times.

A row is a name, the source, the rule that refuses it ("" where it is allowed, "invalid" where it is CodeInvalid), and
the names that the refusal gives. Rows stand in pairs where they can: what a rule blocks, and what near it is allowed.
"""

import sys
import time

from tests.analyse.gate.attacks import ATTACKS
from tests.analyse.gate.case import Case
from tests.analyse.gate.import_cases import IMPORTS, REEXPORTS

from aitestgen.analyse.gate import judge
from aitestgen.errors import CodeInvalid

BUILTINS = [
    Case("open", "def f(p):\n    with open(p) as h:\n        return h.read()", "file-io", "open"),
    Case("eval", "eval('1')", "code-execution", "eval"),
    Case("eval as a value", "e = eval\ne('1')", "code-execution", "eval"),
    Case("eval as decorator", "@eval\ndef f(): pass", "code-execution", "eval"),
    Case("eval as operator", "class A:\n    __add__ = eval\nA() + '1'", "code-execution", "eval"),
    Case("eval in map", "[*map(eval, ['1'])]", "code-execution", "eval"),
    Case("eval as default", "def f(g=eval): return g('1')", "code-execution", "eval"),
    Case("eval in for", "for f in [eval]: f('1')", "code-execution", "eval"),
    Case("eval by walrus", "(e := eval)('1')", "code-execution", "eval"),
    Case("eval in a comprehension", "[f('1') for f in (eval,)]", "code-execution", "eval"),
    Case("eval in a string annotation", "def f(x: \"eval('1')\"): pass", "code-execution", "eval"),
    Case("exec in a lambda", "f = lambda s: exec(s)", "code-execution", "exec"),
    Case("compile", "compile('1', '', 'eval')", "code-execution", "compile"),
    Case("__import__", "__import__('os').system('id')", "code-execution", "__import__"),
    Case("__builtins__", "__builtins__['eval']('1')", "code-execution", "__builtins__"),
    Case("__loader__", "__loader__.load_module('os')", "code-execution", "__loader__"),
    Case("breakpoint", "breakpoint()", "debugging", "breakpoint"),
    Case("input", "def f():\n    return input()", "interactive", "input"),
    Case("exit", "exit(0)", "interactive", "exit"),
    Case("globals", "globals()['x']", "reflection", "globals"),
    Case("vars", "vars(print)", "reflection", "vars"),
    Case("shadowed later", "def f():\n    return open('f')\nf()\ndef open(p): pass", "file-io", "open"),
    Case("shadowed in a branch", "if x:\n    eval = print\neval('1')", "code-execution", "eval"),
    Case("shadowed, then deleted", "eval = print\ndel eval\neval('1')", "code-execution", "eval"),
    Case(
        "deleted through global",
        "eval = print\ndef f():\n    global eval\n    del eval\nf()\neval('1')",
        "code-execution",
        "eval",
    ),
    Case("shadowed by itself", "eval = eval\neval('1')", "code-execution", "eval"),
    Case(
        "class attribute is no shadow",
        "class A:\n    eval = print\n    def f(self): return eval('1')",
        "code-execution",
        "eval",
    ),
    Case(
        "conditional in a class",
        "class A:\n    if x:\n        eval = print\n    y = eval('1')",
        "code-execution",
        "eval",
    ),
    Case("parameter of another function", "def f(eval): pass\neval('1')", "code-execution", "eval"),
    Case("default is evaluated outside", "def f(eval=eval): pass", "code-execution", "eval"),
    Case("a local called input", "def f(text):\n    input = text.strip()\n    return input.split()"),
    Case("parameters called file, dir, vars", "def f(file, dir, vars, input):\n    return file + dir + vars + input"),
    Case("own function called compile", "def compile(x):\n    return x\n\ny = compile(1)"),
    Case(
        "method called open",
        "class Door:\n    def open(self):\n        return True\n    def go(self):\n        return self.open()\nDoor().open()",
    ),
    Case(
        "methods eval, exec, compile",
        "class E:\n    def eval(self, x): return x\n    def compile(self): return self.eval(1)\nE().compile()",
    ),
    Case("re.compile", "import re\nP = re.compile('a')"),
    Case("comprehension variable called dir", "x = [dir for dir in 'ab']"),
    Case("print", "print('a', end='')"),
]

REFLECTION = [
    Case("class walk", "().__class__.__base__.__subclasses__()", "reflection", "__class__"),
    Case("type walk", "type(()).__mro__[1].__subclasses__()", "reflection", "__mro__"),
    Case("mro()", "int.mro()", "reflection", "mro"),
    Case("function globals", "(lambda: 0).__globals__", "reflection", "__globals__"),
    Case("method globals", "class A:\n    def f(self): pass\nA.f.__globals__['x']", "reflection", "__globals__"),
    Case("print.__self__", "print.__self__.eval('1')", "reflection", "__self__"),
    Case("__dict__", "class A: pass\nA.__dict__['x']", "reflection", "__dict__"),
    Case("__reduce__", "(1).__reduce_ex__(2)", "reflection", "__reduce_ex__"),
    Case("__getattribute__", "object.__getattribute__(print, 'x')", "reflection", "__getattribute__"),
    Case("assigned __code__", "def f(): pass\nf.__code__ = g", "reflection", "__code__"),
    Case("deleted __code__", "del f.__code__", "reflection", "__code__"),
    Case("generator frame", "(x for x in ()).gi_frame.f_back", "debugging", "gi_frame"),
    Case("coroutine frame", "async def f(): pass\nf().cr_frame", "debugging", "cr_frame"),
    Case(
        "traceback frame",
        "try:\n    1/0\nexcept Exception as e:\n    e.__traceback__.tb_frame",
        "reflection",
        "__traceback__",
    ),
    Case("frame attribute in for", "for x.f_globals in []: pass", "debugging", "f_globals"),
    Case("getattr computed", "def f(o, n):\n    return getattr(o, n)", "computed-attribute", "getattr"),
    Case("getattr dunder", "getattr((), '__class__')", "computed-attribute", "getattr"),
    Case("getattr joined", "getattr((), '__cla' + 'ss__')", "computed-attribute", "getattr"),
    Case("getattr through a name", "N = '__class__'\ngetattr((), N)", "computed-attribute", "getattr"),
    Case("getattr as a value", "g = getattr", "computed-attribute", "getattr"),
    Case("getattr in partial", "import functools\nfunctools.partial(getattr, ())", "computed-attribute", "getattr"),
    Case("getattr starred", "getattr(*x)", "computed-attribute", "getattr"),
    Case("getattr format", "getattr('{0.__class__}', 'format')(1)", "computed-attribute", "getattr"),
    Case("setattr dunder", "setattr(f, '__code__', g)", "computed-attribute", "setattr, __code__"),
    Case(
        "attrgetter dunder", "import operator\noperator.attrgetter('a.__class__')", "computed-attribute", "attrgetter"
    ),
    Case("attrgetter renamed", "from operator import attrgetter as a\nb = a\nb('__class__')", "computed-attribute"),
    Case(
        "attrgetter computed",
        "from operator import attrgetter\ndef f(n): return attrgetter(n)",
        "computed-attribute",
        "attrgetter",
    ),
    Case(
        "methodcaller format",
        "from operator import methodcaller\nmethodcaller('format', f)",
        "computed-attribute",
        "methodcaller",
    ),
    Case(
        "attrgetter",
        "from operator import attrgetter, itemgetter\nsorted([], key=attrgetter('name'))\nsorted([], key=itemgetter(1))",
    ),
    Case("getattr", "def f(o):\n    return getattr(o, 'name', None) if hasattr(o, 'name') else ''"),
    Case("getattr of a visitor", "class V:\n    def visit(self, n):\n        return getattr(self, f'visit_{n}')(n)"),
    Case(
        "getattr with a short prefix", "def f(o, n):\n    return getattr(o, f'f_{n}')", "computed-attribute", "getattr"
    ),
    Case("format walk", "'{0.__class__}'.format(f)", "format-walk", "__class__"),
    Case("format walk by key", "'{x.__globals__[y]}'.format(x=f)", "format-walk", "__globals__"),
    Case("format walk in a spec", "'{0:{1.__class__}}'.format(1, f)", "format-walk", "__class__"),
    Case("format walk through a name", "T = '{0.__class__}'\nT.format(f)", "format-walk", "__class__"),
    Case("format of a sum", "def f(a):\n    return ('{0.' + a).format(f)", "format-walk", "format"),
    Case("format of a join", "''.join(['{0.', 'x}']).format(f)", "format-walk", "format"),
    Case("str.format", "str.format('{0.__class__}', f)", "format-walk", "format"),
    Case("str.format in map", "map(str.format, x, y)", "format-walk", "format"),
    Case("format_map", "'{a.__class__}'.format_map(x)", "format-walk", "__class__"),
    Case(
        "format and the error's object",
        "def f(t):\n    try:\n        t.format(f)\n    except AttributeError as e:\n        return e.obj",
        "format-walk",
        "format",
    ),
    Case("f-string walk", "f'{f.__globals__}'", "reflection", "__globals__"),
    Case("f-string in an f-string", "f'{f\"{f.__globals__}\"}'", "reflection", "__globals__"),
    Case("format", "def f(n, p):\n    return '{} {n:>{w}} {0}'.format(1, n=n, w=3) + 'a {}'.format(p)"),
    Case("format of a parameter", "def f(template, **values):\n    return template.format(**values)"),
    Case("format of a plain attribute", "'{0.name} {1[key]}'.format(a, b)"),
    Case("format method of one's own", "class M:\n    def format(self, c): return f'{c}'\nM().name.format('EUR')"),
    Case("class pattern", "match ():\n    case object(__class__=c): pass", "reflection", "__class__"),
    Case("class pattern, frame", "match g:\n    case object(gi_frame=f): pass", "debugging", "gi_frame"),
    Case(
        "__match_args__",
        "class A:\n    __match_args__ = ('__globals__',)",
        "computed-attribute",
        "__match_args__, __globals__",
    ),
    Case("computed class in a pattern", "A = f()\nmatch x:\n    case A(g): pass", "computed-attribute", "A"),
    Case(
        "match",
        "class P:\n    __match_args__ = ('x', 'y')\nmatch p:\n    case P(1, y=2): pass\n    case {'a': a, **rest}: pass\n    case [a, *b]: pass\n    case str() | int(): pass",
    ),
    Case(
        "name mangling",
        "class _A:\n    def f(self):\n        global __open\n        __open = 1",
        "dunder-name",
        "__open",
    ),
    Case(
        "private attributes",
        "class A:\n    def __init__(self):\n        self.__x = 1\n        self._y = 2\n    def same(self, other):\n        return self._y == other._y and self.__x == other.__x\nA()._A__x",
    ),
    Case("bound __builtins__", "__builtins__ = {}", "dunder-name", "__builtins__"),
    Case("__annotations__", "class A:\n    __annotations__['x=1'] = int", "reflection", "__annotations__"),
    Case("special name as text", "type(f).x['__glo' + 'bals__']", "dunder-string", "__globals__"),
    Case("special name as keyword", "dict(__globals__=1)", "reflection", "__globals__"),
    Case("type with three arguments", "type('A', (), {})", "dynamic-class", "type"),
    Case("type of a class, called", "type(int)('A', (), {})", "dynamic-class", "type"),
    Case("type as a value, called", "t = type\nt('A', (), {})", "dynamic-class", "t"),
    Case("__prepare__", "class M(type):\n    def __prepare__(*a): return {}", "dynamic-class", "__prepare__"),
    Case("metaclass __new__", "class M(type):\n    def __new__(m, n, b, d): return d", "dynamic-class", "__new__"),
    Case("metaclass is a function", "class A(metaclass=lambda *a: a): pass", "dynamic-class", "metaclass"),
    Case(
        "dataclass as a function",
        "from dataclasses import dataclass\ndef f(c): return dataclass(c)",
        "dynamic-class",
        "dataclass",
    ),
    Case(
        "dataclass field outside", "from dataclasses import field\nf = field()\nf.name = 'x'", "dynamic-class", "field"
    ),
    Case("dataclass fields()", "from dataclasses import fields", "re-export", "dataclasses"),
    Case(
        "TypedDict with odd keys",
        "from typing import TypedDict\nT = TypedDict('T', {'a=b': int})",
        "dynamic-class",
        "TypedDict",
    ),
    Case(
        "wraps with chosen attributes",
        "from functools import wraps\nwraps(f, assigned=('__globals__',))",
        "restricted-call",
        "wraps, __globals__",
    ),
    Case(
        "singledispatch on text",
        "from functools import singledispatch\nE = 'exit()'\n@singledispatch\ndef f(x): pass\n@f.register\ndef _(x: E): pass",
        "code-execution",
        "singledispatch",
    ),
    Case(
        "singledispatch",
        "from functools import singledispatch\n@singledispatch\ndef f(x): return 0\n@f.register\ndef _(x: int): return 1\n@f.register(str)\ndef _(x): return 2",
    ),
    Case(
        "metaclass singleton",
        "class S(type):\n    _all = {}\n    def __call__(cls, *a):\n        if cls not in cls._all:\n            cls._all[cls] = super().__call__(*a)\n        return cls._all[cls]\nclass A(metaclass=S): pass",
    ),
]

ORDINARY = [
    Case(
        "dataclass",
        "from dataclasses import dataclass, field, asdict, replace\n\n@dataclass(frozen=True, order=True)\nclass P:\n    x: int\n    tags: list[str] = field(default_factory=list)\n    def __post_init__(self):\n        object.__setattr__(self, 'x', self.x + 1)\n\nasdict(P(1))",
    ),
    Case(
        "class names",
        "class A:\n    def __repr__(self):\n        return f'{type(self).__name__}({self.__class__.__name__}, {self.__class__.__qualname__})'\n    def __eq__(self, o):\n        return isinstance(o, self.__class__) and self.__class__ is o.__class__\n    def copy(self):\n        return self.__class__()",
    ),
    Case(
        "special methods",
        "class V:\n    __slots__ = ('x',)\n    __hash__ = None\n    def __init__(self, x): self.x = x\n    def __add__(self, o): return V(self.x + o.x)\n    __radd__ = __add__\n    def __getitem__(self, i): return self.x[i]\n    def __enter__(self): return self\n    def __exit__(self, *e): return False\n    def __call__(self): return len(self.x)\n    def __getattr__(self, n): raise AttributeError(n)",
    ),
    Case(
        "super and inheritance",
        "class A:\n    def __init__(self, **k):\n        super().__init__(**k)\n    def __new__(cls, *a):\n        return super().__new__(cls)\n    def __init_subclass__(cls, **k):\n        super().__init_subclass__(**k)\nclass B(A):\n    def __setattr__(self, n, v):\n        super().__setattr__(n, v)",
    ),
    Case(
        "main guard and metadata",
        "__all__ = ['f']\n__version__ = '1'\ndef f(): return f.__doc__\nif __name__ == '__main__':\n    print(f())",
    ),
    Case(
        "enum, NamedTuple, TypedDict, Protocol",
        "from enum import Enum, auto\nfrom typing import NamedTuple, TypedDict, Protocol, Literal, Generic, TypeVar\nT = TypeVar('T')\nclass C(Enum):\n    A = auto()\nclass P(NamedTuple):\n    x: int\nclass D(TypedDict, total=False):\n    x: Literal['open', 'w']\nclass R(Protocol):\n    def f(self) -> 'list[P]': ...\nclass B(Generic[T]): pass\nP(1)._replace(x=2)._asdict()\nC.__members__",
    ),
    Case(
        "decorators",
        "import functools, contextlib\ndef deco(f):\n    @functools.wraps(f)\n    def g(*a, **k):\n        g.calls += 1\n        return f(*a, **k)\n    g.calls = 0\n    return g\n@functools.lru_cache(maxsize=None)\n@deco\ndef h(x): return x\n@contextlib.contextmanager\ndef c():\n    yield 1\nh.cache_clear()",
    ),
    Case(
        "generators and async",
        "import asyncio\ndef g():\n    x = yield 1\n    yield from range(x)\nasync def a():\n    async with asyncio.Lock():\n        return [x async for x in b()]\nasync def b():\n    yield await asyncio.wait_for(asyncio.sleep(0), 1)",
    ),
    Case(
        "exceptions",
        "class E(ValueError):\n    def __init__(self, code, signal):\n        self.code, self.signal = code, signal\ndef f():\n    try:\n        raise E(1, 2)\n    except (E, OSError) as e:\n        raise RuntimeError(str(e)) from e",
    ),
    Case(
        "closures and scope",
        "def counter():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n        return n\n    return up\nTOTAL = 0\ndef add():\n    global TOTAL\n    TOTAL += 1",
    ),
    Case(
        "time and randomness",
        "import random, time\nfrom datetime import datetime, timedelta\nr = random.Random(1)\nr.choice([1])\nx = datetime.now() + timedelta(days=1)\ntime.sleep(0)\nrandom.seed(1)",
    ),
    Case("walrus and comprehensions", "def f(xs):\n    return {k: v for k, v in xs if (n := len(v)) > 1 and n < 9}"),
    Case(
        "node with parent, code, frame",
        "class N:\n    def __init__(self, parent):\n        self.parent, self.code, self.frame, self.os = parent, 1, 2, 3\n    def top(self):\n        return self.parent.code + self.os",
    ),
    Case(
        "type of a value",
        "def f(x, a, b, c):\n    if type(x) is int:\n        return type(x)(x)\n    return type(x)(a, b, c), sorted([x], key=type)",
    ),
    Case(
        "hash and encode",
        "import hashlib, base64, secrets\nx = hashlib.sha256('a'.encode()).hexdigest()\ny = base64.b64encode(b'a')",
    ),
    Case(
        "property and static methods",
        "class A:\n    @property\n    def x(self): return self._x\n    @x.setter\n    def x(self, v): self._x = v\n    @staticmethod\n    def s(): return A\n    @classmethod\n    def c(cls): return cls()",
    ),
    Case(
        "abstract classes",
        "from abc import ABC, abstractmethod, ABCMeta\nclass A(ABC):\n    @abstractmethod\n    def f(self): ...\nclass B(metaclass=ABCMeta): pass",
    ),
    Case("doc text about os and eval", '"""Never calls eval(), os.system or __import__."""\nx = "import os; open(1)"'),
    Case(
        "tests in the snippet",
        "import pytest\nfrom unittest.mock import Mock\ndef add(a, b): return a + b\nclass TestAdd:\n    def test_a(self, monkeypatch):\n        m = Mock(return_value=1)\n        assert add(m(), 2) == pytest.approx(3)\n        m.assert_called_once_with()",
    ),
]

INVALID = [
    Case("nothing", "", "invalid"),
    Case("blanks", " \n\t\n", "invalid"),
    Case("does not parse", "def f(:", "invalid"),
    Case("null byte", "x = 1\0", "invalid"),
    Case("too many brackets", "(" * 500 + ")" * 500, "invalid"),
    Case("too many operators", "x = " + "-" * 15_000 + "1", "invalid"),
    Case("a long line", "x = '" + "a" * 50_000 + "'", "invalid"),
    Case("a megabyte of assignments", "a=1\n" * 250_000, "invalid"),
    Case("a megabyte of text", "'" + "a" * 1_000_000 + "'", "invalid"),
    Case("as many statements as allowed", "a=1\n" * 4_900),
    Case("deep indents", "".join(" " * i + "if 1:\n" for i in range(150)), "invalid"),
    Case("foreign encoding", "# coding: latin-1\nx = 1", "invalid"),
    Case("utf-7", "# -*- coding: utf-7 -*-\n+AG8AcwA-", "invalid"),
    Case("cookie on the second line", "#!/usr/bin/python\n# vim: set fileencoding=cp037 :\nx = 1", "invalid"),
    Case("utf-8 cookie", "# -*- coding: utf-8 -*-\nx = 'ä'"),
    Case("byte order mark", "\ufeffx = 1"),
    Case("import after a carriage return", "x = 1 # y\rimport os", "system", "os"),
    Case("import after a form feed", "x = 1\n\x0cimport os", "system", "os"),
]

CASES = [*IMPORTS, *REEXPORTS, *BUILTINS, *REFLECTION, *ORDINARY, *INVALID, *ATTACKS]


def verdict(case: Case) -> tuple[str, str]:
    """Return the rules that refused the case's source, and the names; ("invalid", message) where it is invalid."""
    try:
        findings = judge(case.source.encode())
    except CodeInvalid as error:
        return "invalid", str(error)
    rules = ", ".join(dict.fromkeys(finding.rule for finding in findings))
    return rules, ", ".join(dict.fromkeys(finding.name for finding in findings))


def main() -> None:
    """Print the table."""
    write = sys.stdout.write
    write(f"{'case':40} {'expected':20} {'verdict':10} {'rule':40} {'ms':>7}\n")
    for case in CASES:
        started = time.perf_counter()
        rules, _ = verdict(case)
        milliseconds = (time.perf_counter() - started) * 1000
        answer = "refused" if rules else "allowed"
        mark = "" if case.rule in rules.split(", ") else "  <-- wrong"
        write(f"{case.name:40} {case.rule or 'allowed':20} {answer:10} {rules:40} {milliseconds:7.1f}{mark}\n")
    write(f"{len(CASES)} cases\n")


if __name__ == "__main__":
    main()
