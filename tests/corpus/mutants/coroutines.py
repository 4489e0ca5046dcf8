"""Generators, coroutines and their cousins, which a fault must not turn into something else."""

import asyncio


def evens(limit):
    n = 0
    while n < limit:
        if n % 2 == 0:
            yield n
        n += 1


def only_yield():
    yield 1


def delegating():
    got = yield from evens(3)
    yield got
    return 5


def echo():
    received = []
    while len(received) < 2:
        received.append((yield len(received) + 1))
    return received


def talk():
    talker = echo()
    heard = [next(talker), talker.send("a")]
    try:
        talker.send("b")
    except StopIteration as stop:
        heard.append(stop.value)
    return heard


async def slow(n):
    await asyncio.sleep(0)
    if n > 2 and not n % 2:
        raise ValueError("even")
    return n + 1


async def ticks(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i * 2


class Door:
    def __init__(self):
        self.log = []

    async def __aenter__(self):
        self.log.append("open")
        return self

    async def __aexit__(self, *error):
        self.log.append("shut")
        return error[0] is KeyError


async def together():
    async with Door() as door:
        values = [await slow(n) for n in range(3) if n != 1]
        async for tick in ticks(3):
            values.append(tick)
        values += [t async for t in ticks(4) if t > 2]
        if (await slow(1)) == 2:
            raise KeyError
    return values, door.log


def observe():
    yield lambda: list(evens(5)), (), {}
    yield lambda: list(only_yield()), (), {}
    yield lambda: list(delegating()), (), {}
    yield talk, (), {}
    yield lambda: asyncio.run(slow(1)), (), {}
    yield lambda: asyncio.run(slow(4)), (), {}
    yield lambda: asyncio.run(together()), (), {}
