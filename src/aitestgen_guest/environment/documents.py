"""Kinds of documents that code reads: which a source reads, how a record is written in one, and what a text holds."""

import ast
import functools
import json
import re
from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple
from xml.etree import ElementTree

_READ_BY = {
    "json": r"\bjson\.loads?\(|\bJSONDecode|\byaml\.\w*load|\bfrom json import[^\n]*\bloads?\b",
    "toml": r"\btom\w+\.loads?\(",
    "xml": r"\bfromstring\(|\bparseString\(|\.feed\(|\bXML\(",
    "csv": r"\bcsv\.",
    "ini": r"\bconfigparser\b",
    "lines": r"\.splitlines\(",
}
"""What tells it. JSON is YAML, too."""
_FINDING = frozenset({"find", "findall", "findtext", "iter", "iterfind", "getElementsByTagName"})
_TAG = re.compile(r"[A-Za-z_][\w.-]*")


@functools.lru_cache(maxsize=4)
def kinds_read(source: str) -> "tuple[str, ...]":
    """The kinds that the source reads, in a fixed order: json, toml, xml, csv, ini, lines."""
    return tuple(kind for kind, pattern in _READ_BY.items() if re.search(pattern, source))


@functools.lru_cache(maxsize=4)
def elements_sought(source: str) -> "tuple[str, ...]":
    """The tags that the source looks for in XML or HTML."""
    texts: list[Any] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FINDING:
            texts += [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)]
        elif isinstance(node, ast.Compare) and ast.unparse(node.left).rpartition(".")[2] == "tag":
            texts += [
                part.value for item in node.comparators for part in ast.walk(item) if isinstance(part, ast.Constant)
            ]
    tags = [tag for text in texts if isinstance(text, str) for tag in re.split(r"[/\[\]@'\"=]+", text)]
    return tuple(dict.fromkeys(tag for tag in tags if _TAG.fullmatch(tag)))


def toml_of(record: "dict[str, Any]", heading: str = "") -> str:
    """The record as TOML, which has no null: what is None is left out."""
    plain = {key: value for key, value in record.items() if value is not None and not isinstance(value, dict)}
    text = "".join(f"{_key(key)} = {_value(value)}\n" for key, value in plain.items())
    for key, value in record.items():
        if isinstance(value, dict):
            inner = f"{heading}{_key(key)}"
            text += f"[{inner}]\n{toml_of(value, inner + '.')}"
    return text


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value if item is not None) + "]"
    return json.dumps(value)


class Document(NamedTuple):
    """What a text holds as nested data, how such data is written, and whether data still is such a document."""

    value: Any
    write: "Callable[[Any], str]"
    is_one: "Callable[[Any], bool]"


def parsed(text: str) -> "Document | None":
    """The JSON object or list, or the XML element, that the text holds; None for any other text."""
    if text[:1] in ("{", "["):
        try:
            return Document(json.loads(text), json.dumps, lambda value: isinstance(value, (dict, list)))
        except (ValueError, RecursionError):
            return None
    if not text.startswith("<"):
        return None
    try:
        return Document(_nested(ElementTree.fromstring(text)), _element, _is_element)  # noqa: S314 - our own text
    except (ElementTree.ParseError, RecursionError):
        return None


def _nested(element: ElementTree.Element) -> "list[Any]":
    """Tag, attributes, text, and the elements within."""
    return [element.tag, dict(element.attrib), element.text or "", *map(_nested, element)]


def _is_element(value: "list[Any]") -> bool:
    heads = [type(item) for item in value[:3]] == [str, dict, str]
    return heads and all(isinstance(item, list) and _is_element(item) for item in value[3:])


def _element(value: "list[Any]") -> str:
    tag, attributes, text, *inner = value
    told = "".join(f' {key}="{escape(item)}"' for key, item in attributes.items())
    return f"<{tag}{told}>{escape(text)}{''.join(map(_element, inner))}</{tag}>"
