"""Objects of the standard library as a test makes them, for parameters that are annotated with their classes.

Many of these classes are not called by those who want an object (`sqlite3.connect`, `re.match`), give nothing to see
before something is put in (queues, streams), or give another one at every run (`random.Random()`).
"""

import sys
from typing import Any

from aitestgen_guest.arguments import arrays
from aitestgen_guest.shapes import Namespace, Spec

ANY: Spec = ("any",)
FILLED, CONFIGURED = "filled", "configured"
SOURCES = {
    FILLED: f"def {FILLED}(holder, *items):\n    for item in items:\n"
    "        holder.put_nowait(item)\n    return holder",
    CONFIGURED: f"def {CONFIGURED}(parser, text):\n    parser.read_string(text)\n    return parser",
}
"""Functions that tests define: a queue with items in it, and a configuration that has read a text."""
_CHOICES = {
    "random.Random": ("random.Random(0)", "random.Random(7)", "random.Random(42)"),
    "sqlite3.Connection": ('sqlite3.connect(":memory:")',),
    "sqlite3.Cursor": ('sqlite3.connect(":memory:").cursor()',),
    "logging.Logger": ('logging.getLogger("tests")',),
    "re.Match": ('re.match("a+", "aab")', 're.match("(a)(b)?", "ab")', r're.search(r"(\w+)=(\d+)", "count=12")'),
    "ipaddress.IPv4Address": tuple(
        f'ipaddress.ip_address("{text}")' for text in ("10.0.0.1", "127.0.0.1", "8.8.8.8", "224.0.0.1")
    ),
    "ipaddress.IPv6Address": tuple(
        f'ipaddress.ip_address("{text}")' for text in ("::1", "2001:db8::1", "fe80::1", "ff02::1")
    ),
    "ipaddress.IPv4Network": tuple(
        f'ipaddress.ip_network("{text}")' for text in ("10.0.0.0/8", "192.168.1.0/30", "8.8.8.8/32")
    ),
    "ipaddress.IPv6Network": tuple(f'ipaddress.ip_network("{text}")' for text in ("2001:db8::/126", "::1/128")),
    "threading.Lock": ("threading.Lock()",),
    "threading.RLock": ("threading.RLock()",),
    "subprocess.CompletedProcess": tuple(
        f'subprocess.CompletedProcess(["run"], {rest})'
        for rest in ('0, "done", ""', '1, "", "failed"', '-9, "", ""', r'0, "a b\nc d\n", ""')
    ),
    "ast.AST": tuple(f"ast.parse({text!r})" for text in ("x = y + 1", "def f(a):\n    return a", "")),
    "ast.expr": tuple(f'ast.parse("{text}", mode="eval").body' for text in ("a + b", "f(1)", "[1, 2]", "x")),
    "datetime.tzinfo": ("dt.timezone.utc", "dt.timezone(dt.timedelta(hours=2))"),
    "datetime.timezone": ("dt.timezone.utc", "dt.timezone(dt.timedelta(hours=-5))"),
    "zoneinfo.ZoneInfo": ('zoneinfo.ZoneInfo("UTC")',),
    "urllib.parse.ParseResult": tuple(
        f'urllib.parse.urlparse("{text}")' for text in ("https://alice@example.org:8080/a/b?x=1&y=#top", "/a", "")
    ),
    "urllib.parse.SplitResult": tuple(
        f'urllib.parse.urlsplit("{text}")' for text in ("https://alice@example.org:8080/a/b?x=1&y=#top", "/a", "")
    ),
    "urllib.request.Request": ('urllib.request.Request("https://example.org/a?x=1")',),
    "ast.Module": tuple(f"ast.parse({text!r})" for text in ("x = y + 1", "def f(a):\n    return a", "")),
    "ast.stmt": tuple(f"ast.parse({text!r}).body[0]" for text in ("x = y + 1", "import os", "pass")),
    "ast.FunctionDef": tuple(
        f"ast.parse({text!r}).body[0]" for text in ("def f(a, b=1):\n    return a", 'def f(self):\n    """Say it."""')
    ),
    "ast.ClassDef": tuple(f"ast.parse({text!r}).body[0]" for text in ("class A(B):\n    x: int = 1", "class A: ...")),
    "ast.Call": tuple(f'ast.parse("{text}", mode="eval").body' for text in ("f(a, key=1)", "x.y()")),
    "array.array": ('array.array("i", [1, 2, 3])', 'array.array("d")'),
    "string.Template": ('string.Template("Hello $name")', 'string.Template("")'),
    "csv.DictReader": ('csv.DictReader(["name,count", "a,1", "b,2"])', "csv.DictReader([])"),
    "struct.Struct": ('struct.Struct(">HB")', 'struct.Struct("<d")'),
    "contextlib.AbstractContextManager": ("contextlib.nullcontext(1)",),
    "contextlib.AbstractAsyncContextManager": ("contextlib.nullcontext(1)",),
    "logging.LogRecord": tuple(
        f'logging.makeLogRecord({{"name": "app", {record}, "created": 1000.0}})'
        for record in (
            '"msg": "done", "levelno": logging.INFO, "levelname": "INFO"',
            '"msg": "%s failed", "args": ("it",), "levelno": logging.ERROR, "levelname": "ERROR"',
            '"msg": "a=1", "levelno": logging.DEBUG, "levelname": "DEBUG"',
            '"msg": "no", "levelno": logging.WARN, "levelname": "WARN", "exc_info": (OSError, OSError("boom"), None)',
        )
    ),
    "logging.Handler": ("logging.NullHandler()", "logging.StreamHandler(io.StringIO())"),
    "logging.Formatter": ('logging.Formatter("%(levelname)s %(message)s")',),
    "argparse.ArgumentParser": ('argparse.ArgumentParser(prog="prog")',),
    "asyncio.Event": ("asyncio.Event()",),
    "asyncio.Lock": ("asyncio.Lock()",),
    "asyncio.Semaphore": ("asyncio.Semaphore(1)", "asyncio.Semaphore(2)"),
    "time.struct_time": ("time.gmtime(0)", "time.struct_time((2024, 2, 29, 12, 30, 5, 3, 60, 0))"),
    "pathlib.PurePath": ('pathlib.PurePosixPath("a/b.txt")', 'pathlib.PurePosixPath("/a")'),
    "pathlib.PurePosixPath": ('pathlib.PurePosixPath("a/b.txt")', 'pathlib.PurePosixPath("/a")'),
    "pathlib.PureWindowsPath": ('pathlib.PureWindowsPath("C:/a/b.txt")',),
    "decimal.Context": ("decimal.Context(prec=5)",),
    "inspect.Parameter": tuple(
        f'inspect.Parameter("{name}", inspect.Parameter.{kind})'
        for name, kind in (("a", "POSITIONAL_OR_KEYWORD"), ("key", "KEYWORD_ONLY"), ("args", "VAR_POSITIONAL"))
    ),
    "inspect.Signature": ("inspect.signature(divmod)", "inspect.signature(lambda a, *args, key=1: None)"),
    "functools.partial": ('functools.partial(int, "7")', "functools.partial(max, 1)"),
    "builtins.module": ('types.ModuleType("sample")',),
    "builtins.code": ('compile("x = 1", "sample.py", "exec")',),
    "typing.NamedTuple": ('collections.namedtuple("Pair", "left right")(1, "a")',),
}
_TEXT: Spec = ("around", "io.StringIO(", ("union", (("str",), ("lines",))), ")")
_BYTES: Spec = ("around", "io.BytesIO(", ("bytes",), ")")
_DICT: Spec = ("dict", ("str",), ("union", (("int",), ("str",))))
_AROUND: "dict[str, Spec]" = {
    "xml.etree.ElementTree.Element": ("around", "xml.etree.ElementTree.fromstring(", ("lines",), ")"),
    "configparser.ConfigParser": ("around", f"{CONFIGURED}(configparser.ConfigParser(), ", ("lines",), ")"),
    "xml.etree.ElementTree.ElementTree": (
        "around",
        "xml.etree.ElementTree.ElementTree(xml.etree.ElementTree.fromstring(",
        ("lines",),
        "))",
    ),
    "builtins.mappingproxy": ("around", "types.MappingProxyType(", _DICT, ")"),
    "collections.ChainMap": ("around", "collections.ChainMap(", _DICT, ")"),
    "collections.abc.KeysView": ("around", "", _DICT, ".keys()"),
    "collections.abc.ValuesView": ("around", "", _DICT, ".values()"),
    "collections.abc.ItemsView": ("around", "", _DICT, ".items()"),
    **dict.fromkeys(("io.StringIO", "io.TextIOBase", "io.TextIOWrapper", "io.IOBase", "typing.TextIO"), _TEXT),
    **dict.fromkeys(
        ("io.BytesIO", "io.BufferedIOBase", "io.RawIOBase", "io.BufferedReader", "typing.BinaryIO"), _BYTES
    ),
}
_TRACED = ("argparse.Namespace", "types.SimpleNamespace")
"""Have what they are given: it is found out what is done with them."""
_QUEUES = ("queue.Queue", "queue.LifoQueue", "queue.PriorityQueue", "queue.SimpleQueue", "asyncio.Queue")
_LISTS = {"collections.deque": ("deque(", ANY), "collections.Counter": ("Counter(", ("str",))}
_MAPPINGS = {"collections.OrderedDict": "OrderedDict(", "collections.defaultdict": "defaultdict(int, "}
_PUBLIC = {
    "_io": "io", "_struct": "struct", "_thread": "threading", "_queue": "queue", "_random": "random",
    "asyncio.locks": "asyncio", "asyncio.queues": "asyncio", "zoneinfo._common": "zoneinfo",
    "allocate_lock": "Lock", "lock": "Lock", "_RLock": "RLock",
}  # fmt: skip
_MODULES = {"typing": "collections", "datetime": "", "builtins": "types"}
_USED = {
    "sqlite3.Cursor": ({"fetchone", "fetchall", "fetchmany"}, {"execute", "executemany", "close"}),
    "sqlite3.Connection": ({"execute", "executemany", "executescript", "cursor"}, {"commit", "rollback", "close"}),
    "logging.Logger": ({"debug", "info", "warning", "exception", "critical"}, {"error", "log", "isEnabledFor"}),
    "queue.Queue": ({"put_nowait", "get_nowait", "qsize", "task_done", "empty", "full"}, {"put", "get", "join"}),
    "random.Random": ({"randint", "choice", "shuffle", "sample", "uniform", "gauss", "randrange"}, {"random", "seed"}),
    "threading.Lock": ({"acquire"}, {"release", "locked"}),
    "logging.LogRecord": (
        {"getMessage", "levelname", "levelno", "exc_info", "exc_text", "funcName", "threadName", "msecs"},
        {"name", "msg", "args", "created", "module", "lineno", "pathname", "filename", "process", "thread"},
    ),
}
"""Names by which such an object is told, and names that it has besides: stores have `get` and `put`, too."""
_HELPERS = ("io", "re", "")
"""What every test has, whether the module has it or not."""


def spec_of(hint: Any, inner: "tuple[Spec, ...]", namespace: Namespace, imports: "dict[str, str]") -> "Spec | None":
    """The spec of a class that is listed here, of what it holds by `inner`; None for any other.

    The module that the spec's texts name is made known, unless the name stands for something else already: then it is
    None, too.
    """
    if (made := arrays.spec_of(hint, namespace, imports)) is not None:
        return made
    home, name = (_PUBLIC.get(text, text) for text in (_text(hint, "__module__"), _text(hint, "__qualname__")))
    full = f"{home}.{name}"
    if full in _TRACED:
        return ANY
    if full in _LISTS:
        name, item = _LISTS[full]
        return ("around", name, ("list", *(inner[:1] or (item,))), ")")
    if full == "typing.IO":
        return _BYTES if inner == (("bytes",),) else _TEXT
    if full in _MAPPINGS:
        return ("around", _MAPPINGS[full], ("dict", *(inner if len(inner) > 1 else (("str",), ("int",)))), ")")
    spec = _AROUND.get(full) or (("choice", _CHOICES[full]) if full in _CHOICES else _queue(full, inner))
    return spec if spec is None or _is_known(home, namespace, imports) else None


def used_as(names: "frozenset[str]", namespace: Namespace, imports: "dict[str, str]") -> "Spec | None":
    """The spec of the object of the standard library that has all of these names, and is told by one of them at least.

    None where there is none, or its module was not imported: code that never heard of SQLite takes no connection.
    """
    if (made := arrays.used_as(names, namespace, imports)) is not None:
        return made
    for full, (told, other) in _USED.items():
        home = full.partition(".")[0]
        if names & told and names <= told | other and home in sys.modules and _is_known(home, namespace, imports):
            return ("choice", _CHOICES[full]) if full in _CHOICES else _queue(full, ())
    return None


def _text(hint: Any, name: str) -> str:
    found = getattr(hint, name, "")
    return found if isinstance(found, str) else ""


def _queue(full: str, inner: "tuple[Spec, ...]") -> "Spec | None":
    if full not in _QUEUES:
        return None
    return ("union", (("choice", (f"{full}()",)), ("filled", f"{FILLED}({full}(), ", *(inner[:1] or (ANY,)), ")")))


def _is_known(home: str, namespace: Namespace, imports: "dict[str, str]") -> bool:
    module = _MODULES.get(home, home)
    if module in _HELPERS:
        return True
    top = module.partition(".")[0]
    if module not in sys.modules or namespace.setdefault(top, sys.modules[top]) is not sys.modules[top]:
        return False
    imports.setdefault(top, f"import {module}")
    return True
