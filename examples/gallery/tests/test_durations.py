import pytest
from durations import DurationError, _unit_seconds, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 min", 5400),
        ("10d", 864000),
        ("90 seconds", 90),
    ],
)
def test_parse_duration_returns_expected_value(text, expected):
    assert parse_duration(text) == expected


def test_parse_duration_raises_duration_error_unknown_unit():
    with pytest.raises(DurationError, match="^unknown unit 'a'$"):
        parse_duration("0a")


def test_parse_duration_raises_duration_error_no_duration_given():
    with pytest.raises(DurationError, match="^no duration given$"):
        parse_duration("")


def test_parse_duration_raises_duration_error_cannot_read_h():
    with pytest.raises(DurationError, match="^cannot read 'h30'$"):
        parse_duration("1h h30")


def test_parse_duration_raises_duration_error_hour_is_out_of_order():
    with pytest.raises(DurationError, match="^'hour' is out of order$"):
        parse_duration("1h30hour")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0s"),
        (5401, "1h 30m 1s"),
    ],
)
def test_format_duration_returns_expected_value(seconds, expected):
    assert format_duration(seconds) == expected


def test_format_duration_raises_value_error_duration_is_not_negative():
    with pytest.raises(ValueError, match="^a duration is not negative$"):
        format_duration(-1)


def test_unit_seconds_raises_duration_error_unknown_unit_day_xx():
    with pytest.raises(DurationError, match="^unknown unit 'dayXX'$"):
        _unit_seconds("dayXX")


def test_unit_seconds_returns_60():
    assert _unit_seconds("minute") == 60
