"""Settings files: sections in brackets, `name = value` lines, and comments behind `#`."""

from pathlib import Path

Settings = dict[str, dict[str, str]]
DEFAULT_SECTION = "main"


class SettingsError(ValueError):
    """A line that cannot be read; `line` is its number, from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


def parse_settings(text: str) -> Settings:
    """The settings by section and name. What stands before the first section belongs to `main`.

    Raises SettingsError for a line without `=`, a section without its bracket, and a name given twice.
    """
    settings: Settings = {}
    section = DEFAULT_SECTION
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        if line.startswith("["):
            if not line.endswith("]"):
                raise SettingsError("a section ends with ]", number)
            section = line[1:-1].strip()
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise SettingsError(f"no = in {line!r}", number)
        values = settings.setdefault(section, {})
        if name.strip() in values:
            raise SettingsError(f"{name.strip()} is given twice", number)
        values[name.strip()] = value.strip()
    return settings


def load_settings(path: Path) -> Settings:
    """The settings that a file holds; none where it does not exist."""
    if not path.exists():
        return {}
    return parse_settings(path.read_text(encoding="utf-8"))


def save_settings(path: Path, settings: Settings) -> int:
    """Write the settings, and return the number of lines. Folders are made as needed; empty sections are left out."""
    lines: list[str] = []
    for section, values in settings.items():
        if values:
            lines.append(f"[{section}]")
            lines += [f"{name} = {value}" for name, value in sorted(values.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


def as_bool(value: str) -> bool:
    """Whether a value says yes. Raises ValueError where it says neither yes nor no."""
    word = value.strip().lower()
    if word in ("yes", "true", "on", "1"):
        return True
    if word in ("no", "false", "off", "0"):
        return False
    raise ValueError(f"{value!r} is neither yes nor no")
