"""Loops with else, break and continue; try with everything; with; star arguments; conditions in comprehensions."""

from contextlib import contextmanager, suppress

LOG = []


@contextmanager
def logged(name):
    LOG.append("in " + name)
    try:
        yield name
    finally:
        LOG.append("out " + name)


def search(items, wanted):
    for index, item in enumerate(items):
        if item is None:
            continue
        if item == wanted:
            break
    else:
        return -1
    return index


def countdown(n):
    seen = []
    while n > 0:
        n -= 1
        if n == 3:
            continue
        if n < 2:
            break
        seen.append(n)
    else:
        seen.append("else")
    return seen


def forever(limit):
    n = 0
    while True:
        n += 1
        if n >= limit or n > 50:
            return n


def divided(a, b):
    LOG.clear()
    try:
        result = a / b
    except ZeroDivisionError as error:
        LOG.append(str(error))
        raise ValueError("cannot divide %d" % a) from error
    except TypeError:
        return None
    else:
        LOG.append("fine")
    finally:
        LOG.append("finally")
    return result, list(LOG)


def managed(items):
    LOG.clear()
    with logged("a" if items else "b") as first, logged("c"), suppress(IndexError):
        LOG.append(items[1])
    return first, LOG


def starred(*args, sep="-", **options):
    head, *tail = args
    merged = {**options, "n": len(tail)}
    return (*tail, head), sep.join(map(str, args)), merged


def spread(rows):
    total = 0
    for row in *rows, [1, 2]:
        total += sum(x for x in row if x % 2 if x > 0)
        rows[0][0] = total
    return total, {k: v for k, v in zip("ab", rows) if v and k != "a"}, {x for r in rows for x in r if not x}


def observe():
    yield search, ([1, None, 2], 2), {}
    yield search, ([1, None], 5), {}
    for n in (0, 1, 6):
        yield countdown, (n,), {}
    yield forever, (4,), {}
    for args in ((6, 3), (1, 0), (1, "x")):
        yield divided, args, {}
    yield managed, ([],), {}
    yield managed, ([1, 2],), {}
    yield starred, (1, 2, 3), {"k": 1}
    yield starred, (), {}
    yield spread, ([[1, 2], [3, 0, -5]],), {}
