import pytest
from settings_file import SettingsError, as_bool, load_settings, parse_settings, save_settings


def test_settings_error_can_be_created():
    result = SettingsError("a", 2)

    assert isinstance(result, SettingsError)
    assert result.line == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#a\nname = x", {"main": {"name": "x"}}),
        ("name = xtru\nvalue = 0\n[off]\nname = 5\n", {"main": {"name": "xtru", "value": "0"}, "off": {"name": "5"}}),
    ],
)
def test_parse_settings_returns_expected_value(text, expected):
    assert parse_settings(text) == expected


def test_parse_settings_raises_settings_error_line_no_in():
    with pytest.raises(SettingsError, match="^line 1: no = in 'no'$"):
        parse_settings("no")


def test_parse_settings_raises_settings_error_line_section_ends_with():
    with pytest.raises(SettingsError, match=r"^line 1: a section ends with \]$"):
        parse_settings("[off]false")


def test_parse_settings_raises_settings_error_line_is_given_twice():
    with pytest.raises(SettingsError, match="^line 2: a is given twice$"):
        parse_settings("a=a\na=a")


def test_load_settings_returns_empty_dict(tmp_path):
    assert load_settings(tmp_path / "data.txt") == {}


def test_load_settings_raises_settings_error_line_no_in_true(tmp_path):
    (tmp_path / "data.txt").write_text("= x\ntrue \n")
    with pytest.raises(SettingsError, match="^line 2: no = in 'true'$"):
        load_settings(tmp_path / "data.txt")


def test_save_settings_returns_2(tmp_path):
    result = save_settings(tmp_path / "notes.txt", {"a": {"a": "b"}, "b": {}})

    assert result == 2
    assert (tmp_path / "notes.txt").read_text() == "[a]\na = b\n"


@pytest.mark.parametrize(
    "value_given",
    [
        "false",
        "no",
        "off",
        "0",
    ],
)
def test_as_bool_is_false(value_given):
    assert as_bool(value_given) is False


@pytest.mark.parametrize(
    "value_given",
    [
        "yes",
        "true",
        "on",
        "1",
    ],
)
def test_as_bool_is_true(value_given):
    assert as_bool(value_given) is True


def test_as_bool_raises_value_error_fa_is_neither_yes_nor_no():
    with pytest.raises(ValueError, match="^'fa' is neither yes nor no$"):
        as_bool("fa")
