"""Settings read from files."""

import configparser
import json
from pathlib import Path
from typing import Any

DEFAULTS = {"host": "localhost", "port": 8080, "debug": False}


class ConfigError(Exception):
    """The file cannot be used."""


def load_config(path: Path) -> dict[str, Any]:
    """The settings of a JSON file over the defaults."""
    if not path.exists():
        return dict(DEFAULTS)
    try:
        given = json.loads(path.read_text())
    except json.JSONDecodeError:
        raise ConfigError(f"{path.name} is not JSON") from None
    if not isinstance(given, dict):
        raise ConfigError("settings must be an object")
    unknown = set(given) - set(DEFAULTS)
    if unknown:
        raise ConfigError(f"unknown settings: {', '.join(sorted(unknown))}")
    merged = {**DEFAULTS, **given}
    port = merged["port"]
    if not isinstance(port, int) or not 0 < port < 65536:
        raise ConfigError("port is out of range")
    return merged


def read_limits(filename: str, section: str = "limits") -> tuple[int, int]:
    """Lower and upper limit from an INI file."""
    parser = configparser.ConfigParser()
    if not parser.read(filename):
        raise FileNotFoundError(filename)
    if not parser.has_section(section):
        return (0, 100)
    low = parser.getint(section, "low", fallback=0)
    high = parser.getint(section, "high", fallback=100)
    if low > high:
        low, high = high, low
    return (low, high)


def merged_lines(base_path: str, override_path: str) -> list[str]:
    """`name=value` lines of two files, those of the second winning; comments are left out."""
    found: dict[str, str] = {}
    for path in (base_path, override_path):
        try:
            with open(path) as file:
                lines = file.readlines()
        except FileNotFoundError:
            continue
        for line in lines:
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            name, separator, value = line.partition("=")
            if separator:
                found[name.strip()] = value.strip()
    return [f"{name}={value}" for name, value in sorted(found.items())]
