"""What code can notice of itself, without and with probes, under any CPython: python run_woven.py SOURCES."""

# ruff: noqa: BLE001 - it compares whatever is raised

import asyncio
import json
import linecache
import sys
import traceback

FILE = "/nowhere/observed.py"
SOURCE = '''
import asyncio, contextlib, inspect, sys


def lines_of_traceback(kind):
    with contextlib.suppress(OSError):
        try:
            if kind:
                raise kind(
                    "x"
                )
        except KeyError:
            raise
        finally:
            kind = 1
    return inspect.currentframe().f_lineno


def chained():
    try:
        {}["x"]
    except KeyError as error:
        raise ValueError from error


def generates(limit):
    try:
        for number in range(limit):
            got = yield number, sys._getframe().f_lineno
            if got:
                return got
    except ValueError:
        yield "caught"
    finally:
        limit = 0


def delegates():
    got = yield from generates(2)
    return [got]


async def ticks():
    for tick in range(3):
        await asyncio.sleep(0)
        yield tick


@contextlib.asynccontextmanager
async def gate(kind):
    yield 1
    if kind:
        raise kind


async def awaits(kind):
    async with gate(kind) as value:
        return [value + tick async for tick in ticks()]


def deep(level=0):
    try:
        return deep(level + 1)
    except RecursionError:
        if level < 3:
            return level
        raise


class Counted:
    """Documented."""

    total = 0

    def add(self, *, more=1):
        while more > 0:
            more -= 1
            self.total += 1
        return super().__class__.__name__, self.total
'''


def told(work):
    try:
        return repr(work())
    except BaseException as error:
        frames = [(each.name, each.lineno) for each in traceback.extract_tb(error.__traceback__) if each.name != "told"]
        return repr((type(error).__name__, type(error.__context__).__name__, frames[:8]))


def events(work):
    """The calls and returns that another tracer sees; probes may show it a line twice, never another line."""
    seen = []

    def trace(frame, event, argument):
        if frame.f_code.co_filename == FILE and event != "line":
            seen.append((event, frame.f_code.co_name, frame.f_lineno, repr(argument) if event == "return" else ""))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        told(work)
    finally:
        sys.settrace(before)
    return seen


def thrown(generator, error):
    return [next(generator), generator.throw(error), list(generator)]


def observed(names):
    counted = names["Counted"]()
    works = [
        lambda: names["lines_of_traceback"](None),
        lambda: names["lines_of_traceback"](KeyError),
        lambda: names["lines_of_traceback"](OSError),
        names["chained"],
        lambda: [
            list(names["delegates"]()),
            thrown(names["generates"](2), ValueError()),
            names["generates"](2).close(),
        ],
        lambda: thrown(names["delegates"](), KeyError()),
        lambda: [asyncio.run(names["awaits"](None)), asyncio.run(names["awaits"](OSError))],
        names["deep"],
        lambda: [counted.add(more=3), names["Counted"].__doc__],
    ]
    return [*map(told, works), [events(work) for work in works if work != names["deep"]]]


def main():
    sys.path.insert(0, sys.argv[1])
    from aitestgen_guest.tracing.flags import Probes  # noqa: PLC0415  # its folder is an argument
    from aitestgen_guest.tracing.woven import woven  # noqa: PLC0415  # likewise

    linecache.cache[FILE] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), FILE)
    plain, probed = {"__name__": "made"}, {"__name__": "made"}
    code = compile(SOURCE, FILE, "exec")
    probes = Probes()
    exec(code, plain)  # noqa: S102  # our own text
    exec(woven(code, probes), probed)  # noqa: S102  # our own text
    assert probes.made
    print(json.dumps([observed(plain), observed(probed)]))


if __name__ == "__main__":
    main()
