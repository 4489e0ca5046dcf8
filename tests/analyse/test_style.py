from pathlib import Path

import pytest

from aitestgen.analyse.style import style_beside, style_of
from aitestgen.values import Style


@pytest.mark.parametrize(
    ("name", "text", "style"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n", Style(line_length=100)),
        ("pyproject.toml", "[tool.black]\nline-length = 79\n", Style(line_length=79)),
        ("pyproject.toml", "[tool.ruff]\n[tool.ruff.format]\nquote-style = 'single'\n", Style(single_quotes=True)),
        ("ruff.toml", "line-length = 110\n", Style(line_length=110)),
        ("pyproject.toml", "[tool.ruff]\nline-length = 'wide'\n", Style()),
        ("pyproject.toml", "[tool.ruff]\nline-length = 3\n", Style()),
        ("pyproject.toml", "[tool\n", Style()),
        ("setup.cfg", "", Style()),
    ],
)
def test_the_project_sets_the_style(name: str, text: str, style: Style, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert style_of(tmp_path) == style


def test_a_file_with_tabs_gets_tabs() -> None:
    assert style_beside(Style(), "def f():\n\treturn 1\n").tabs
    assert not style_beside(Style(), "def f():\n    return 1\n").tabs
