import datetime


def workdays(start: datetime.date, end: datetime.date) -> int:
    """Working days from start to end, the end not included.

    >>> workdays(datetime.date(2024, 1, 1), datetime.date(2024, 1, 8))
    5
    """
    days = 0
    while start < end:
        if start.weekday() < 5:
            days += 1
        start += datetime.timedelta(days=1)
    return days
