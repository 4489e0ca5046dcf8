"""What a run in the jail costs, cold and warm, as ratios to `python -c pass` measured in one run, round robin.

    python benchmarks/sandbox.py [--rounds N] [--seconds N] [--engine NAME] [--image NAME] [--latencies]

A job is one test file of three tests. "arcs" means that the lines and branches of every test are recorded. Containers
are measured where an engine and today's image (`make sandbox-image`) are there. Beside ours: plain pytest; pytest in a
new bubblewrap for each job, with a cold Python, as snekbox has it with nsjail; and `podman run` with the flags of a
careful deployment. After the latencies, unless these are all that is asked for: jobs a second with several callers,
what an idle jail that stands ready costs, and how long a kill takes.
"""

import argparse
import asyncio
import dataclasses
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
import uvicorn
from containers import contained

from aitestgen.api.sandbox_service import create_app
from aitestgen.logs import configure_logs
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.bwrap import find_bwrap
from aitestgen.sandbox.container_engine import ENGINES
from aitestgen.sandbox.warm import Warmth
from aitestgen.settings import read_settings
from jobs import CODE, TESTS, TRACED, Measured, Variant, command, folder_of_job, jailed, job

BASE = "python -c pass"
REST_SECONDS = 0.15
"""Between two measurements: what a warm pool makes anew in the background is not what is measured."""


@asynccontextmanager
async def served() -> AsyncIterator[Measured]:
    """POST /execute of a real service on a loopback port."""
    settings = read_settings().model_copy(update={"cpu_cores": 1.0, "log_level": "WARNING"})
    configure_logs(settings)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

        async def once() -> None:
            answer = await client.post("/execute", json={"code": CODE, "tests": TESTS})
            if not answer.json()["passed"]:
                raise SystemExit(answer.text)

        await once()
        yield once
    server.should_exit = True
    await serving


def cold_jail(folder: Path, *words: str) -> Measured:
    """A new bubblewrap for one process, and nothing kept from the one before."""
    found = find_bwrap()
    package = next((path for name, path in found.parts.items() if not name.endswith(".libs")), None)
    executable = str(package / "_bin" / "bwrap") if package else found.executable
    walls = (
        "--unshare-all",
        "--unshare-user",
        "--uid",
        "65534",
        "--gid",
        "65534",
        "--cap-drop",
        "ALL",
        "--new-session",
    )
    view = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--die-with-parent", "--chdir", str(folder))
    scratch = ("--tmpfs", "/dev/shm", "--setenv", "TMPDIR", "/dev/shm")  # noqa: S108  # the jail's own
    return command(executable, *walls, *view, *scratch, sys.executable, *words, folder=folder)


async def latencies(variants: dict[str, Variant], rounds: int) -> None:
    """Print them, round robin: nothing that one variant leaves to be done is done while the next is measured."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + 2):
        for name, variant in variants.items():
            await asyncio.sleep(REST_SECONDS)
            started = time.perf_counter()
            await variant.once()
            if number >= 2:
                seconds[name].append(time.perf_counter() - started)
            await variant.settle()
    base = statistics.median(seconds[BASE])
    print(f"{'variant':40}{'median ms':>10}{'p95 ms':>8}{'ratio':>7}{'p95':>7}")
    for name, taken in seconds.items():
        median, p95 = statistics.median(taken), sorted(taken)[int(len(taken) * 0.95)]
        print(f"{name:40}{median * 1000:10.1f}{p95 * 1000:8.1f}{median / base:7.2f}{p95 / base:7.2f}")


async def throughput(name: str, measured: Measured, callers: int, seconds: float) -> None:
    done = 0
    until = time.perf_counter() + seconds

    async def call() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await measured()
            done += 1

    await asyncio.gather(*(call() for _ in range(callers)))
    print(f"{name}, {callers} callers: {done / seconds:.1f} jobs/s")


def proportional_mib(pid: int) -> float:
    """The proportional set size of a process and all below it, in MiB."""
    own = Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1].split()[0]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(own) / 1024 + sum(proportional_mib(int(child)) for child in children)


async def idle_cost() -> None:
    """The proportional memory of a zygote's processes with 1 and with 9 jails that stand ready."""
    found = {}
    for spares in (1, 9):
        sandbox = BubblewrapSandbox(warmth=Warmth(spares=spares))
        await sandbox.warm_up(job())
        while sandbox.depth.ready < spares:
            await asyncio.sleep(0.05)
        me = Path("/proc/self/task").resolve()
        children = [pid for task in me.iterdir() for pid in (task / "children").read_text().split()]
        found[spares] = sum(proportional_mib(int(pid)) for pid in children)
        await sandbox.aclose()
    print(f"idle: {found[1]:.1f} MiB with one jail ready, {(found[9] - found[1]) / 8:.2f} MiB for each more")


async def kill_time(sandbox: BubblewrapSandbox, rounds: int) -> None:
    """From cancelling a run that spins to the moment at which nothing of it is left."""
    spin = dataclasses.replace(job(), files={**job().files, "user_code.py": b"while True: pass\n"})
    taken = []
    for _ in range(rounds):
        running = asyncio.create_task(sandbox.run(spin))
        await asyncio.sleep(0.4)
        started = time.perf_counter()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        taken.append(time.perf_counter() - started)
    print(f"kill: median {statistics.median(taken) * 1000:.0f} ms, worst {max(taken) * 1000:.0f} ms until all is gone")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=17)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--engine", default="", choices=("", *ENGINES))
    parser.add_argument("--image", default="")
    parser.add_argument("--latencies", action="store_true")
    chosen = parser.parse_args()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(folder_of_job())
        cold, tier_b = BubblewrapSandbox(), BubblewrapSandbox(cgroups="none")
        warm, warm_b = BubblewrapSandbox(warmth=Warmth()), BubblewrapSandbox(cgroups="none", warmth=Warmth())
        for sandbox in (warm, warm_b):
            await sandbox.warm_up(job())
            stack.push_async_callback(sandbox.aclose)
        execute = await stack.enter_async_context(served())
        pytest = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_user_code.py")
        covered = ("-m", "coverage", "run", f"--data-file={folder}/coverage-data", "--branch", *pytest)
        ours = {
            "jail, warm": jailed(warm, job()),
            "jail, warm, arcs": jailed(warm, job(TRACED)),
            "jail, warm, half a core (default)": jailed(warm, job(cores=0.5)),
            "jail, warm, tier B": jailed(warm_b, job()),
            "POST /execute": execute,
            "jail, cold": jailed(cold, job()),
            "jail, cold, arcs": jailed(cold, job(TRACED)),
            "jail, cold, tier B": jailed(tier_b, job()),
        }
        others = {
            "plain pytest": command(sys.executable, *pytest, folder=folder),
            "plain pytest, branch coverage": command(sys.executable, *covered, folder=folder),
            "plain pytest in a cold jail": cold_jail(folder, *pytest),
        }
        base = {BASE: command(sys.executable, "-c", "pass", folder=folder)}
        variants = {name: Variant(once=once) for name, once in (base | ours | others).items()}
        async with contained(chosen.engine, chosen.image) as containers:
            await latencies(variants | containers, chosen.rounds)
        if chosen.latencies:
            return
        for callers in (1, 2, 3):
            await throughput("jail, warm, arcs", ours["jail, warm, arcs"], callers, chosen.seconds)
        await throughput("jail, cold, arcs", ours["jail, cold, arcs"], 2, chosen.seconds)
        await throughput("POST /execute", execute, 2, chosen.seconds)
        await kill_time(warm, 9)
    await idle_cost()


if __name__ == "__main__":
    asyncio.run(main())
