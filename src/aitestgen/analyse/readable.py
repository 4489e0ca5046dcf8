"""Texts that readers of the standard library can read, by what code calls to read them."""

import ast
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from aitestgen.analyse.source import dotted, last_name
from aitestgen.analyse.written_python import python_texts

_READ_BY: dict[str, tuple[str, ...]] = {
    "ip_address": ("10.0.0.1", "127.0.0.1", "::1"),
    "ip_network": ("10.0.0.0/8", "192.168.1.0/30", "2001:db8::/126"),
    "ip_interface": ("10.0.0.1/8", "2001:db8::1/64"),
    "IPv4Address": ("10.0.0.1", "127.0.0.1", "8.8.8.8"),
    "IPv4Network": ("10.0.0.0/8", "8.8.8.8/32"),
    "IPv6Address": ("::1", "2001:db8::1"),
    "IPv6Network": ("2001:db8::/126",),
    "b64decode": ("aGVsbG8=", "AP8=", "aGVsbG8"),
    "urlsafe_b64decode": ("aGVsbG8=", "AP8="),
    "b32decode": ("NBSWY3DP",),
    "unhexlify": ("68656c6c6f", "00ff"),
    "fromhex": ("68656c6c6f", "00ff"),
    "UUID": ("12345678-1234-5678-1234-567812345678", "00000000-0000-0000-0000-000000000000"),
    "Decimal": ("1.50", "-2", "100", "NaN"),
    "Fraction": ("3/4", "-7/2"),
    "Version": ("1.2.3", "2.0.0rc1", "0.9"),
    "version.parse": ("1.2.3", "2.0.0rc1", "0.9"),
    "parse_version": ("1.2.3", "2.0.0rc1", "0.9"),
    "SpecifierSet": (">=1.0,<2", "==1.2.*", "!=1.3"),
    "urlparse": ("https://alice@example.org:8080/a/b?x=1&y=2#top", "http://example.org", "ftp://example.org/a"),
    "urlsplit": ("https://alice@example.org:8080/a/b?x=1&y=2#top", "http://example.org", "ftp://example.org/a"),
    "parse_qs": ("x=1&y=2&x=3",),
    "parse_qsl": ("x=1&y=2&x=3",),
    "unquote": ("a%20b", "%C3%A9"),
    "parseaddr": ("Alice <alice@example.org>", "bob@example.org"),
    "parsedate_to_datetime": ("Thu, 29 Feb 2024 13:05:09 +0000",),
    "literal_eval": ("[1, 2]", "{'a': 1}", "'text'", "(1, None)"),
    "ZoneInfo": ("UTC",),
    "encode": ("é", "€"),
}
_REGEX = ("compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "split")
_PATTERNS = (r"\d+", r"(\w)(\d)?", "a|b", "[")
_FORMATS = ("{name}", "{0:>5} and {name!r}", "{}", "{")
_TEMPLATES = ("$name is ${value}", "no $$ here", "$name $")
_MAILS = ("message_from_string", "message_from_bytes", "parsestr", "parsebytes", "message_from_file")
_TWO_PARTS = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\none\n--b--\n"
_MOST = 8
_ESCAPED = (r"\xc3\xa9", r"\xff", r"\u20ac")
_ESCAPES = frozenset({"unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape"})
_MOMENTS = (datetime(2024, 2, 29, 13, 5, 9, tzinfo=UTC), datetime(2023, 12, 31, 23, 59, tzinfo=UTC))
_ISO = ("2024-02-29", "2024-02-29T13:05:09", "2023-12-31T23:59:00+02:00")
_FORMAT = re.compile(r"%[YymdHMSBbjaAIpf]")


def readable(tree: ast.Module) -> Iterator[str]:
    """What the module's readers take: addresses, dates in its own formats, encoded texts, letters outside of ASCII; and
    texts of as many parts as they are taken apart into.
    """
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = dict.fromkeys(name for function in functions for name in (last_name(function), dotted(function)))
    for name in called:
        yield from _READ_BY.get(name, ())
    if "fromisoformat" in called:
        yield from _ISO
    if "strptime" in called:
        yield from _dates(tree)
    yield from _by_keys(tree, called)
    yield from _by_grammar(tree, called)
    yield from python_texts(tree)
    yield from _taken_apart(tree)
    if any(isinstance(node, ast.Constant) and node.value in _ESCAPES for node in ast.walk(tree)):
        yield from _ESCAPED


def _by_keys(tree: ast.Module, called: Iterable[str]) -> Iterator[str]:
    """Queries and messages with the parts that the functions which read them ask for."""
    queries, mails = not {"parse_qs", "parse_qsl"}.isdisjoint(called), [name for name in _MAILS if name in called]
    for function in ast.walk(tree) if queries or mails else ():
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        readers = {last_name(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
        keys = list(_asked_for(function))
        if keys and not {"parse_qs", "parse_qsl"}.isdisjoint(readers):
            yield "&".join(f"{key}=1" for key in keys)
            yield f"{keys[0]}=a&{keys[0]}=b"
        if not readers.isdisjoint(mails):
            yield "".join(f"{key}: alice@example.org\n" for key in keys) + "\nHello\n"
            yield "".join(f"{key}: one\n" for key in keys[:1]) + _TWO_PARTS


def _asked_for(function: ast.AST) -> dict[str, None]:
    """The text keys that the function looks up, in whatever it is."""
    found: dict[str, None] = {}
    for node in ast.walk(function):
        match node:
            case (
                ast.Subscript(slice=ast.Constant(value=str(key)))
                | ast.Call(func=ast.Attribute(attr="get" | "get_all" | "pop"), args=[ast.Constant(value=str(key)), *_])
                | ast.Compare(left=ast.Constant(value=str(key)), ops=[ast.In() | ast.NotIn()])
            ):
                found[key] = None
    return dict.fromkeys(list(found)[:_MOST])


def _by_grammar(tree: ast.Module, called: Iterable[str]) -> Iterator[str]:
    """Regular expressions, where the module is given some, and templates."""
    given = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    if any(dotted(call.func) in {f"re.{name}" for name in _REGEX} and _is_variable(call.args[0]) for call in given):
        yield from _PATTERNS
    if "Formatter.parse" in called or "string.Formatter.parse" in called or "formatter_parser" in called:
        yield from _FORMATS
    if "Template" in called or "string.Template" in called:
        yield from _TEMPLATES


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and not node.id.isupper()


def read_in_groups(tree: ast.Module) -> dict[str | int, tuple[str, ...]]:
    """Texts that readers take, by the names and numbers of groups of patterns, or the keys, whose text they are given:
    `strptime(match["day"], "%d.%m.%Y")`.
    """
    found: dict[str | int, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            key, texts = _group(node.args[0]), _read_by(node)
            if key is not None and texts:
                found[key] = texts
    return found


def _group(node: ast.expr) -> str | int | None:
    match node:
        case (
            ast.Subscript(slice=ast.Constant(value=str() | int() as key))
            | ast.Call(func=ast.Attribute(attr="group" | "get"), args=[ast.Constant(value=str() | int() as key), *_])
        ):
            return key
    return None


def _read_by(call: ast.Call) -> tuple[str, ...]:
    """What the called reader can read."""
    name = last_name(call.func)
    match call.args[1:]:
        case [ast.Constant(value=str(form)), *_] if name == "strptime":
            return tuple(moment.strftime(form) for moment in _MOMENTS)
    return _ISO if name == "fromisoformat" else _READ_BY.get(name, ())


def _taken_apart(tree: ast.Module) -> Iterator[str]:
    """`1:2` for `hours, minutes = map(int, text.split(":"))`."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names) | ast.List(elts=names)], value=value) if len(names) <= _MOST:
                for call in ast.walk(value):
                    match call:
                        case ast.Call(
                            func=ast.Attribute(attr="split" | "rsplit"), args=[ast.Constant(value=str(sign)), *_]
                        ):
                            yield sign.join(str(number) for number, _ in enumerate(names, 1))


def _dates(tree: ast.Module) -> Iterator[str]:
    """Two moments in each format that the module spells out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _FORMAT.search(node.value):
            yield from (moment.strftime(node.value) for moment in _MOMENTS)
