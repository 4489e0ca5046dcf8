"""A module of control flow that is easy to count wrongly. `exercise()` runs most of it; some branches stay unrun."""

import asyncio
import contextlib
import functools
import threading


def loops(numbers):
    total = 0
    for number in numbers:
        if number < 0:
            continue
        if number > 100:
            break
        total += number
    else:
        total = -total
    while total > 5:
        total -= 2
    total += 1
    while True:
        total += 1
        if total > 7: return total


def guarded(action):
    try:
        action()
    except ValueError as error:
        return str(error)
    except (KeyError, IndexError):
        return "lookup"
    else:
        return "fine"
    finally:
        print("done")


def nested_finally(flag):
    for step in range(3):
        try:
            if flag:
                return step
        finally:
            if step == 1:
                print("one")
    with contextlib.suppress(ZeroDivisionError), contextlib.nullcontext():
        1 / 0
    return None


def counting(limit):
    number = 0
    while number < limit:
        received = yield number
        if received:
            return received
        number += 1


def delegating():
    result = yield from counting(2)
    yield result
    return "end"


@functools.cache
@functools.wraps(loops)
def decorated(value):
    return [x for x in range(value) if x % 2] + sorted({y: y for y in range(value)}) + list(z for z in (1, 2))


class Shape:
    sides = 3
    if sides > 2:
        kind = "polygon"
    else:
        kind = "line"

    def __init__(self, sides):
        self.sides = sides

    @property
    def name(self):
        return {3: "triangle"}.get(self.sides) or "other"


def matching(value):
    match value:
        case {"x": x}:
            return x
        case [first, *_] if first:
            return first
        case Shape(sides=3):
            return "shape"
        case _:
            pass
    return "none"


async def waiting(flag):
    async def ticks():
        for tick in range(2):
            await asyncio.sleep(0)
            yield tick

    total = 0
    async for tick in ticks():
        total += tick
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(print, "left")
        if flag:
            return total
    return [t async for t in ticks()]


def outer(flag):
    def inner():
        if flag:
            return 1
        return 2

    pick = lambda x: x + 1
    return pick(inner())


def early(x):
    if x: return 1
    if not x:
        raise ValueError("no")
    return 3


def abandoned():
    generator = counting(5)
    next(generator)
    generator.close()
    thrown = counting(5)
    next(thrown)
    with contextlib.suppress(KeyError):
        thrown.throw(KeyError("x"))


def exercise():
    loops([1, -1, 5])
    loops([1, 200])
    loops([])
    guarded(lambda: None)
    guarded(lambda: int("x"))
    guarded(lambda: {}[1])
    nested_finally(False)
    nested_finally(True)
    list(counting(3))
    list(delegating())
    sender = counting(4)
    next(sender)
    with contextlib.suppress(StopIteration):
        sender.send("stop")
    decorated(4)
    Shape(4).name
    for value in ({"x": 1}, [2], [0], Shape(3), None):
        matching(value)
    asyncio.run(waiting(True))
    asyncio.run(waiting(False))
    outer(True)
    with contextlib.suppress(ValueError):
        early(0)
    abandoned()
    thread = threading.Thread(target=early, args=(1,))
    thread.start()
    thread.join()
