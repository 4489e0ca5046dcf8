"""How a project formats its code, as far as generated tests follow it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aitestgen.values import Style

LENGTHS = range(40, 321)
"""Line lengths that ruff takes, without those in which nothing reads well."""
_INDENTED_BY_TAB = re.compile(r"^\t+\S", re.MULTILINE)
_INDENTED_BY_SPACES = re.compile(r"^ +\S", re.MULTILINE)


def style_of(project: Path) -> Style:
    """The line length and the quotes that the project sets for ruff or black; ruff's defaults where it sets none."""
    tool = _table(_read(project / "pyproject.toml").get("tool"))
    black = _table(tool.get("black"))
    own = next((found for name in ("ruff.toml", ".ruff.toml") if (found := _read(project / name))), {})
    ruff = own or _table(tool.get("ruff"))
    length = ruff.get("line-length", black.get("line-length"))
    style = Style(single_quotes=_table(ruff.get("format")).get("quote-style") == "single")
    return replace(style, line_length=length) if type(length) is int and length in LENGTHS else style


def style_beside(style: Style, text: str) -> Style:
    """The style for tests that go into a file with this text: indented by tabs where it is."""
    tabs, spaces = _INDENTED_BY_TAB.findall(text), _INDENTED_BY_SPACES.findall(text)
    return replace(style, tabs=len(tabs) > len(spaces))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
