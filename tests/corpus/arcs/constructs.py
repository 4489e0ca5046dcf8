"""Every construct whose lines are easy to count wrongly, one per `case_`; each is a test of its own."""

import asyncio
import contextlib
import functools
import sys
import threading


def case_loops_with_else():
    for number in range(3):
        if number > 5:
            break
    else:
        number = 0
    for number in [7, 8]:
        if number == 8: break
    else:
        number = 1
    number = 4
    while number > 0:
        number -= 1
        if number % 2: continue
        number -= 1
    else:
        number = 5
    for _ in (): pass
    for a, b in zip(
        [1, 2],
        [3, 4],
    ):
        a, b = b, a


def case_while_true():
    count = 0
    while True:
        count += 1
        if count > 2:
            break
    while 1:
        if count: return


def raises(kind):
    raise kind


def case_try_of_every_kind():
    for kind in (None, ValueError, KeyError, OSError):
        try:
            try:
                if kind: raises(kind)
            except ValueError:
                pass
            except (KeyError, IndexError) as error:
                str(error)
            else:
                kind = 1
            finally:
                kind = 2
        except OSError:
            kind = 3
    with contextlib.suppress(ZeroDivisionError):
        try:
            1 / 0
        finally:
            kind = 4
    try: raises(TypeError)
    except TypeError: pass


def case_raise_in_handlers():
    for again in (True, False):
        try:
            try:
                raises(ValueError)
            except ValueError as error:
                if again:
                    raise
                raise KeyError("x") from error
        except (ValueError, KeyError):
            continue
        finally:
            again = 1


def leaves_by(way):
    for _ in range(2):
        try:
            if way == "return": return 1
            if way == "break": break
            if way == "continue": continue
            if way == "raise": raise ValueError
        finally:
            way += ""
    return 2


def wins(way):
    try:
        1 / 0
    finally:
        if way: return "return in finally wins"
        raise KeyError


def case_finally_however_left():
    for way in ("return", "break", "continue", "none"):
        leaves_by(way)
    with contextlib.suppress(ValueError):
        leaves_by("raise")
    wins(1)
    with contextlib.suppress(KeyError): wins(0)


class Swallows:
    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        return kind is ValueError


def in_with(kind):
    with Swallows(), Swallows() as inner:
        if kind:
            raise kind
    with (
        Swallows(),
        Swallows() as inner,
    ):
        if kind: raise kind
    with Swallows():
        with Swallows():
            return inner
    return 1


def case_with():
    in_with(None)
    in_with(ValueError)
    with contextlib.suppress(KeyError):
        in_with(KeyError)
    for kind in (ValueError, None):
        with Swallows(): in_with(kind)
        with Swallows():
            for _ in range(2):
                raises(ValueError)
    while kind is None:
        with Swallows():
            kind = 1
            continue


def matched(value):
    match value:
        case 1 | 2: return "small"
        case {"a": a, **rest} if rest:
            return a
        case [x, y]:
            return x
        case str() as text:
            return text
        case complex(real=0): pass
        case _ if value == 9:
            return 9
    return None


def case_match():
    for value in (1, {"a": 1}, {"a": 1, "b": 2}, [1, 2], "x", 1j, 9, 10):
        matched(value)


def case_comprehensions():
    [x for x in range(3)]
    [x
     for x in range(4)
     if x % 2
     for y in range(x)
     if y]
    {x: y for x in range(2)
     for y in range(2) if x}
    {x for x in "ab"}
    sum(x
        for x in range(3)
        if x > 1)
    any(x > 1 for x in range(5))
    with contextlib.suppress(ZeroDivisionError):
        [1 / x for x in
         (1, 0)]


def case_lambdas():
    add = lambda x: x + 1
    twice = lambda f, x: (
        f(f(x))
        if x
        else 0
    )
    twice(add, 1)
    twice(add, 0)
    with contextlib.suppress(TypeError): add(None)
    sorted([2, 1], key=lambda x: -x)


def numbers(limit):
    try:
        for number in range(limit):
            got = yield number
            if got: return got
    except KeyError:
        yield -1
    finally:
        limit = 0


def delegates():
    got = yield from numbers(2)
    try:
        yield from numbers(3)
    except ValueError:
        yield got
    return 1


def case_generators():
    list(numbers(2))
    list(delegates())
    one = numbers(3)
    next(one)
    with contextlib.suppress(StopIteration): one.send(5)
    two = numbers(3)
    next(two)
    two.close()
    three = numbers(3)
    next(three)
    three.throw(KeyError)
    list(three)
    four = delegates()
    for _ in range(3): next(four)
    four.throw(ValueError)
    five = delegates()
    with contextlib.suppress(OSError): five.throw(OSError)
    six = numbers(1)
    six.close()
    with contextlib.suppress(TypeError): list(numbers(None))


def plain(limit):
    while limit:
        yield limit
        limit -= 1


def case_abandoned_generators():
    one = plain(3)
    next(one)
    one.close()
    two = plain(3)
    next(two)
    with contextlib.suppress(KeyError): two.throw(KeyError)
    for value in plain(3):
        if value == 2: break
    del value


async def ticks(limit):
    for tick in range(limit):
        await asyncio.sleep(0)
        yield tick


class Gate:
    def __init__(self, swallow):
        self.swallow = swallow

    async def __aenter__(self):
        await asyncio.sleep(0)

    async def __aexit__(self, *_):
        await asyncio.sleep(0)
        return self.swallow


async def awaits(kind):
    async for tick in ticks(2):
        if tick: continue
    else:
        tick = 0
    async with Gate(True):
        if kind: raise kind
    [x async for x in ticks(3) if x]
    try:
        async with Gate(False), Gate(False):
            await asyncio.sleep(0)
            if kind: raise kind
    except ValueError:
        return await asyncio.sleep(0, tick)
    return [await asyncio.sleep(0, x) for x in range(2)]


async def cancelled():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        return 1
    finally:
        await asyncio.sleep(0)


async def cancels():
    task = asyncio.ensure_future(cancelled())
    await asyncio.sleep(0)
    task.cancel()
    await task
    await asyncio.gather(awaits(None), awaits(ValueError))


def case_async():
    asyncio.run(cancels())


class Breaks:
    def __init__(self, kind, at):
        self.kind, self.at = kind, at

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.at -= 1
        if self.at < 0: raise self.kind
        await asyncio.sleep(0)
        return self.at


async def over(kind, at):
    async for item in Breaks(kind, at):
        item += 1
    return 1


async def breaks():
    for at in (0, 2):
        await over(StopAsyncIteration, at)
        with contextlib.suppress(KeyError):
            await over(KeyError, at)


def case_async_iterators_that_raise():
    asyncio.run(breaks())


def marks(*names):
    def decorate(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return function(*args, **kwargs)
        return inner
    return decorate


def case_decorators():
    @marks("a")
    @marks(
        "b",
    )
    def decorated(x,
                  y=2):
        return x + y

    @marks("c")
    class Decorated:
        @staticmethod
        def method(): return 1

        @property
        def value(self):
            return 2

    decorated(1)
    Decorated.__wrapped__.method()
    Decorated().value


def case_multi_line_statements():
    total = sum(
        [
            1,
            abs(
                -2
            ),
        ],
        3,
    )
    text = (
        "a"
        f"{total}"
        "b"
    )
    found = {
        "x": total,
        "y": [text,
              text],
    }
    if (total > 1 and
        text
            and not found.get(
                "z")):
        total = \
            total + 1
    return total if total \
        else None


def case_one_line_statements():
    x = 1
    if x: x = 2
    else: x = 3
    if not x: x = 4
    for i in range(2): x += i; x -= 1
    while x > 0: x -= 1
    try: x = 1
    finally: x = 2
    with Swallows(): x = 3
    class One: y = 1
    def two(): return x
    two(); two()


def case_nested_functions_and_classes():
    seen = 0

    def outer():
        nonlocal seen
        seen += 1

        def inner():
            return seen
        return inner

    class Body:
        """Documented."""

        a = 1
        if a: b = 2
        for c in range(2):
            a += c

        class Inner(Swallows):
            d = [x for x in range(3)]

        try:
            e = 1 / 0
        except ZeroDivisionError:
            e = 0

        def method(self):
            return __class__

    outer()()
    Body().method()
    with contextlib.suppress(ZeroDivisionError):
        class Broken:
            a = 1
            b = 1 / 0


def case_conditions():
    for x in range(6):
        if 1 < x < 4 < 5:
            y = x
        elif x == 5 and x or x == 4 and not x:
            y = 0
        if (z := x % 3) and z > 1: y = z
        y = 1 if x else 2
        y = (
            x
            or y
        )
        assert x < 9, "never"
        if __debug__: pass
    with contextlib.suppress(AssertionError):
        assert x > 9, (
            "always"
        )
    while (x := x - 1) > 2: pass
    return y


def deep(level):
    try:
        return deep(level + 1)
    except RecursionError:
        raise


def case_exceptions_that_leave():
    def second(): raises(ValueError)
    def first():
        second()
        return 1

    with contextlib.suppress(ValueError): first()
    with contextlib.suppress(RuntimeError):
        next(x for x in [raises(RuntimeError)])
    with contextlib.suppress(KeyError):
        {}["missing"]
    with contextlib.suppress(AttributeError):
        (
            None
            .missing
        )


def case_threads():
    def work(number):
        for _ in range(50):
            if number % 2:
                continue
            with contextlib.suppress(ValueError):
                raises(ValueError)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()


def case_delete_and_global():
    global made
    made = [1]
    made += [2]
    del made[0]; del made
    x: int = 3
    y: "str"
    x, *z = (x, 4, 5)
    print(x, z, end="", file=None if x else sys.stderr)
    ...
    "no docstring"
    return None
