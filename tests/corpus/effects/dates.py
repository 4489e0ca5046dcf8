"""What day it is."""

from datetime import date, datetime


def greeting(name: str, evening: int = 18) -> str:
    """A greeting that fits the hour."""
    hour = datetime.now().hour
    if hour >= evening:
        return f"Good evening, {name}"
    if hour < 10:
        return f"Good morning, {name}"
    return f"Hello, {name}"


def days_left(due: date) -> str:
    """How long there is until a day."""
    left = (due - date.today()).days
    if left < 0:
        return f"{-left} days late"
    if left == 0:
        return "today"
    return "tomorrow" if left == 1 else f"{left} days"
