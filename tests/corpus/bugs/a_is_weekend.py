import datetime


def is_weekend(day: datetime.date) -> bool:
    """Whether a day is a Saturday or a Sunday."""
    return day.weekday() >= 5
