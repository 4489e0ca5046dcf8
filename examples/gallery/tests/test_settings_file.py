import pytest
from settings_file import SettingsError, as_bool, load_settings, parse_settings, save_settings


def test_settings_error_can_be_created():
    result = SettingsError("a", 0)

    assert isinstance(result, SettingsError)
    assert result.line == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[main]\n[yes]\nname =", {"yes": {"name": ""}}),
        ("#a", {}),
    ],
)
def test_parse_settings_returns_expected_value(text, expected):
    assert parse_settings(text) == expected


def test_parse_settings_raises_settings_error_line_section_ends_with():
    with pytest.raises(SettingsError, match=r"^line 1: a section ends with \]$"):
        parse_settings("[true")


def test_parse_settings_raises_settings_error_line_name_is_given_twice():
    with pytest.raises(SettingsError, match="^line 3: name is given twice$"):
        parse_settings("[false]\nname = false\nname =a")


def test_parse_settings_raises_settings_error_line_no_in_hello_w():
    with pytest.raises(SettingsError, match="^line 6: no = in '1: hello w'$"):
        parse_settings("=a[: 3.14\n\n\n    name = on:\n\n1: hello w")


def test_load_settings_returns_empty_dict(tmp_path):
    assert load_settings(tmp_path / "data.txt") == {}


def test_load_settings_returns_one_item_dict(tmp_path):
    (tmp_path / "data.txt").write_text("\n=\n")
    assert load_settings(tmp_path / "data.txt") == {"main": {"": ""}}


def test_save_settings_returns_2(tmp_path):
    result = save_settings(tmp_path / "data.txt", {"a": {}, "b": {"a": "a"}})

    assert result == 2
    assert (tmp_path / "data.txt").read_text() == "[b]\na = a\n"


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


def test_as_bool_raises_value_error_hello_is_neither_yes_nor_no():
    with pytest.raises(ValueError, match="^'Hello' is neither yes nor no$"):
        as_bool("Hello")
