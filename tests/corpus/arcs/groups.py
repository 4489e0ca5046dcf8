"""Exception groups, for Python 3.11 and newer."""

import contextlib


def grouped(*errors):
    try:
        raise ExceptionGroup("g", errors)
    except* ValueError as group:
        len(group.exceptions)
    except* (TypeError, KeyError):
        pass
    else:
        return 1
    finally:
        errors = ()
    return 2


def case_groups():
    grouped(ValueError(1))
    grouped(ValueError(1), KeyError(2))
    with contextlib.suppress(ExceptionGroup): grouped(OSError(1), ValueError(2))
    try:
        pass
    except* ValueError:
        pass
    with contextlib.suppress(ValueError): grouped()
