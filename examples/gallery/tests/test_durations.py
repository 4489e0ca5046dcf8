import pytest
from durations import DurationError, _unit_seconds, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 min", 5400),
        ("10d", 864000),
        ("12hours", 43200),
    ],
)
def test_parse_duration_returns_expected_value(text, expected):
    assert parse_duration(text) == expected


def test_parse_duration_raises_duration_error_unknown_unit_z():
    with pytest.raises(DurationError, match="^unknown unit 'z'$"):
        parse_duration("3z")


def test_parse_duration_raises_duration_error_no_duration_given():
    with pytest.raises(DurationError, match="^no duration given$"):
        parse_duration("")


def test_parse_duration_raises_duration_error_cannot_read_z():
    with pytest.raises(DurationError, match="^cannot read 'z'$"):
        parse_duration("z")


def test_parse_duration_raises_duration_error_d_is_out_of_order():
    with pytest.raises(DurationError, match="^'d' is out of order$"):
        parse_duration("1d 30d")


def test_parse_duration_raises_duration_error_hour_is_out_of_order():
    with pytest.raises(DurationError, match="^'hour' is out of order$"):
        parse_duration("1h30hour")


def test_parse_duration_raises_duration_error_minute_is_out_of_order():
    with pytest.raises(DurationError, match="^'minute' is out of order$"):
        parse_duration("1h30m0minute")


def test_parse_duration_raises_duration_error_min_is_out_of_order():
    with pytest.raises(DurationError, match="^'min' is out of order$"):
        parse_duration("9second0min")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0s"),
        (100, "1m 40s"),
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
