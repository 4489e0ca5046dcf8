"""The service under load: `python -m benchmarks.load [clients|overhead|workers]... [--seconds 60]`.

`clients`: a real `aitestgen serve`, as it is configured by default, asked for tests of small snippets by 1, 8 and 64
clients, each from an address of its own and as fast as it is answered. One that is told to come again (429) does, after
as long as it was told. Printed are answers a second, how long they took, what else was answered, and what the server
and all its processes take of memory before and after.
`overhead`: the same snippets in turn by the service and by the flow itself, called in this process.
`workers`: jobs a second of one and of two `aitestgen worker` with one slot each, over PostgreSQL, and how many of the
machine's cores were at work meanwhile, by whoever: they bound what a second worker can bring.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from tests.interfaces.programs import descendants, server
from tests.interfaces.test_job_servers import worker
from tests.jobs.databases import postgres_server

from aitestgen import wiring
from aitestgen.settings import Settings
from aitestgen.values import Options, Request, SourceFile

SNIPPETS = (
    "def clamp(x: int, low: int = 0) -> int:\n    return low if x < low else min(x, {n})\n",
    "def grade(points: int) -> str:\n    if points > {n}:\n        return 'good'\n    return 'poor'\n",
    "def words(text: str) -> list[str]:\n    return [word.lower() for word in text.split() if len(word) < {n}]\n",
    "def share(part: float, whole: float) -> float:\n    if not whole:\n        raise ValueError('{n}')\n"
    "    return part / whole\n",
)
GENERATE = "/api/generate-tests"
PATIENCE_SECONDS = 120.0
PAIRS = 20
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


def snippet(number: int) -> str:
    """Unlike the others: nothing that is kept of one can serve another."""
    return SNIPPETS[number % len(SNIPPETS)].format(n=number + 5)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What clients saw: seconds of each answer of use, and how many of which other kind."""

    taken: list[float] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    sent: int = 0

    def line(self, seconds: float) -> str:
        if not self.taken:
            return f"nothing was answered; {dict(self.others)}"
        parts = [f"{name} {value:.2f} s" for name, value in percentiles(self.taken)]
        errors = sum(number for name, number in self.others.items() if name != "429")
        return (
            f"{len(self.taken)} answers, {len(self.taken) / seconds:.2f}/s, {', '.join(parts)}, "
            f"{self.others['429']} told to come again, {errors} errors {dict(self.others) if errors else ''}"
        )


def percentiles(taken: list[float]) -> list[tuple[str, float]]:
    ordered = sorted(taken)
    return [(f"p{part}", ordered[min(len(ordered) - 1, len(ordered) * part // 100)]) for part in (50, 95, 99)]


async def client(base: str, number: int, until: float, tally: Tally) -> None:
    """Ask until then. What is under way at the end is waited for, and counts."""
    transport = httpx2.AsyncHTTPTransport(local_address=f"127.0.1.{number + 1}")
    async with httpx2.AsyncClient(base_url=base, transport=transport, timeout=PATIENCE_SECONDS) as asking:
        while time.monotonic() < until:
            tally.sent += 1
            await asyncio.sleep(await ask(asking, snippet(tally.sent), tally))


async def ask(asking: httpx2.AsyncClient, code: str, tally: Tally) -> float:
    """Ask once; how many seconds to wait before the next time."""
    started = time.monotonic()
    try:
        answer = await asking.post(GENERATE, json={"code": code})
    except httpx2.HTTPError as error:
        tally.others[type(error).__name__] += 1
        return 1.0
    if answer.status_code == httpx2.codes.OK and answer.json()["passed"]:
        tally.taken.append(time.monotonic() - started)
        return 0.0
    tally.others[str(answer.status_code)] += 1
    return float(answer.headers.get("Retry-After", 0))


async def load(base: str, number: int, seconds: float) -> str:
    tally, started = Tally(), time.monotonic()
    await asyncio.gather(*(client(base, one, started + seconds, tally) for one in range(number)))
    return tally.line(time.monotonic() - started)


def memory(pid: int) -> str:
    """Of the server, and of all the processes that it has started, each page counted once."""
    own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MIB
    below = descendants(pid)
    return f"server {own:.0f} MiB, its {len(below)} jailed processes {sum(map(proportional, below)):.0f} MiB"


def proportional(pid: int) -> float:
    """MiB; nothing of a process that has ended."""
    with contextlib.suppress(OSError):
        for text in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if text.startswith("Pss:"):
                return int(text.split()[1]) / 1024
    return 0.0


def told(text: str) -> None:
    print(f"{text}  [load of the machine {os.getloadavg()[0]:.1f}]", flush=True)


def clients(arguments: argparse.Namespace) -> None:
    with state() as more, server("serve", **more) as (program, asking):
        asyncio.run(load(str(asking.base_url), 2, min(5, arguments.seconds)))  # what it takes once is taken
        told(f"before: {memory(program.pid)}")
        for number in arguments.numbers:
            said = asyncio.run(load(str(asking.base_url), number, arguments.seconds))
            told(f"{number} clients: {said}; {memory(program.pid)}")


@contextlib.contextmanager
def state() -> Iterator[dict[str, str]]:
    """A folder for what a server keeps, as its environment; no model is asked, and nobody reads a long log."""
    with tempfile.TemporaryDirectory() as folder:
        yield {"XDG_STATE_HOME": folder, "AITESTGEN_LLM": "none", "LOG_LEVEL": "ERROR"}


def overhead(_: argparse.Namespace) -> None:
    with state() as more, server("serve", **more) as (_program, asking):
        served, direct = asyncio.run(pairs(str(asking.base_url)))
    ratio = statistics.median(one / other for one, other in zip(served, direct, strict=True))
    told(
        f"overhead: {PAIRS} pairs, served {statistics.median(served):.3f} s, "
        f"called {statistics.median(direct):.3f} s, the median of their ratios {ratio:.2f}"
    )


async def pairs(base: str) -> tuple[list[float], list[float]]:
    """Seconds of each snippet by the service and by the flow itself, in turn; the first two of each do not count."""
    served, direct = [], []
    async with called() as call, httpx2.AsyncClient(base_url=base, timeout=PATIENCE_SECONDS) as asking:
        for number in range(PAIRS + 2):
            code = snippet(number)
            served.append(await timed(asking.post(GENERATE, json={"code": code})))
            direct.append(await timed(call(code)))
    return served[2:], direct[2:]


async def timed(work: Awaitable[Any]) -> float:
    started = time.monotonic()
    await work
    return time.monotonic() - started


@asynccontextmanager
async def called() -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """The flow with the tools that the service gives it."""
    settings = Settings().model_copy(update={"llm": "none"})
    tools = wiring.tools(settings)

    async def call(code: str) -> None:
        source = SourceFile(text=code, module="user_code")
        options = Options(budget_seconds=settings.budget_seconds, seed=settings.seed, llm="none")
        request = Request(source=source, interpreter=tools.interpreter, options=options)
        async with aclosing(tools.flow(request, None)) as events:
            async for _ in events:
                pass

    try:
        yield call
    finally:
        await tools.sandbox.aclose()


def workers(arguments: argparse.Namespace) -> None:
    with postgres_server() as database:
        found = [working(database.fresh(), number, arguments.jobs) for number in (1, 2)]
    (one, cores), (two, more) = found
    told(
        f"workers: {one:.2f} jobs/s with one ({cores:.2f} of {os.cpu_count()} cores at work), "
        f"{two:.2f} with two ({more:.2f}): {two / one:.2f} times as many"
    )


def working(url: str, number: int, jobs: int) -> tuple[float, float]:
    """Jobs a second, and cores at work, from the first that is done to the last."""
    with ExitStack() as stack:
        more = stack.enter_context(state()) | {"AITESTGEN_DATABASE_URL": url}
        _, asking = stack.enter_context(server("serve", **more, AITESTGEN_JOBS_IN_SERVER="0"))
        asking.timeout = PATIENCE_SECONDS
        for one in range(jobs):
            asking.post("/api/jobs", json={"code": snippet(one)}).raise_for_status()
        for _ in range(number):
            stack.enter_context(worker(**more))
        while (begun := done(asking)) < number:
            time.sleep(0.05)
        started, before = time.monotonic(), busy_seconds()
        while (ended := done(asking)) < jobs:
            time.sleep(0.2)
        seconds = time.monotonic() - started
        return (ended - begun) / seconds, (busy_seconds() - before) / seconds


def busy_seconds() -> float:
    """Processor time of the whole machine that was not idle, waiting or taken away (proc(5))."""
    user, nice, system, _, _, interrupts, soft, *_ = Path("/proc/stat").read_text().split(maxsplit=9)[1:9]
    return sum(map(int, (user, nice, system, interrupts, soft))) / os.sysconf("SC_CLK_TCK")


def done(asking: httpx2.Client) -> int:
    return len(asking.get("/api/jobs", params={"state": "done", "limit": 100}).json()["jobs"])


MEASURES: dict[str, Callable[[argparse.Namespace], None]] = {
    "clients": clients,
    "overhead": overhead,
    "workers": workers,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("measures", nargs="*", choices=[*MEASURES], default=[*MEASURES])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--numbers", type=lambda text: [int(part) for part in text.split(",")], default=[1, 8, 64])
    parser.add_argument("--jobs", type=int, default=40)
    arguments = parser.parse_args()
    for name in arguments.measures:
        MEASURES[name](arguments)


if __name__ == "__main__":
    main()
