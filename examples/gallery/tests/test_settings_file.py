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
        (
            "truename = xtrue]\nname = x\nvalue = 0\n[off]\nname = 5\n",
            {"main": {"truename": "xtrue]", "name": "x", "value": "0"}, "off": {"name": "5"}},
        ),
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


def test_load_settings_returns_one_item_dict(tmp_path):
    (tmp_path / "data.txt").write_text("yes=alice\n# comment\n")
    assert load_settings(tmp_path / "data.txt") == {"main": {"yes": "alice"}}


def test_save_settings_returns_2(tmp_path):
    result = save_settings(tmp_path / "data.txt", {"a": {}, "": {"a": "a"}})

    assert result == 2
    assert (tmp_path / "data.txt").read_text() == "[]\na = a\n"


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
        "on",
        "yes",
        "true",
        "1",
    ],
)
def test_as_bool_is_true(value_given):
    assert as_bool(value_given) is True


def test_as_bool_raises_value_error_abc_is_neither_yes_nor_no():
    with pytest.raises(ValueError, match="^'abc' is neither yes nor no$"):
        as_bool("abc")
