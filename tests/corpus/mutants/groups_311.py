"""Exception groups, new in Python 3.11."""


def handle(errors):
    seen = []
    try:
        if errors:
            raise ExceptionGroup("several", errors)
        seen.append("none")
    except* ValueError as group:
        seen.append(len(group.exceptions) + 1)
    except* (TypeError, KeyError):
        seen.append("type")
    finally:
        seen.append("end")
    return seen


def observe():
    yield handle, ([],), {}
    yield handle, ([ValueError("a"), KeyError("b")],), {}
    yield handle, ([OSError("c")],), {}
