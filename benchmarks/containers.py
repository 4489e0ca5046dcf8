"""What a container costs, as ratios to `python -c pass` measured in one run, round robin.

    python benchmarks/containers.py [ROUNDS] [ENGINE]

Plain: `ENGINE run` with the contract's flags and pytest on a three-test file, from the same image. Ours cold: the same
file through `ContainerSandbox.run` with nothing on standby. Ours warm: with a container that stood ready. Both have
the trusted pid 1 and the canaries, under half a core as the contract says.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.sandbox.container_engine import IMAGE
from aitestgen.sandbox.container_pool import Stock
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.values import Run

CODE = "def add(a, b):\n    return a + b\n"
TESTS = (
    "from user_code import add\n\n\n"
    "def test_adds():\n    assert add(1, 2) == 3\n\n\n"
    "def test_zero():\n    assert add(0, 0) == 0\n\n\n"
    "def test_negative():\n    assert add(-1, 0) == -1\n"
)
FLAGS = (
    *("--rm", "--network=none", "--cap-drop=ALL", "--read-only", "--memory=256m", "--cpus=0.5", "--pids-limit=64"),
    *("--ulimit", "nproc=4096:4096", "--ulimit", "nofile=512:512", "--user=testuser"),
    *("--tmpfs", "/tmp:rw,noexec,size=64m", "--security-opt=no-new-privileges"),  # noqa: S108  # the container's own
)
PYTEST = "import sys; sys.path += ['/aitestgen/lib', '/workspace']; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
REST_SECONDS = 0.3
Measured = Callable[[], Awaitable[float]]


def process(*command: str) -> Measured:
    """The seconds of one process."""

    async def run() -> float:
        started = time.perf_counter()
        subprocess.run(command, input=b"", capture_output=True, check=True)  # noqa: ASYNC221  # nothing else goes on
        return time.perf_counter() - started

    return run


def plain(engine: str, folder: Path) -> Measured:
    (folder / "user_code.py").write_text(CODE)
    (folder / "test_user_code.py").write_text(TESTS)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    words = ("python3", "-c", PYTEST, "-q", "-p", "no:cacheprovider", "/workspace")
    return process(engine, "run", *FLAGS, f"--volume={folder}:/workspace:ro", IMAGE, *words)


def ours(sandbox: ContainerSandbox) -> Measured:
    run = Run(
        program="run_tests",
        job={"path": [], "seed": 0, "tests": ["test_user_code.py"], "trace": None, "select": None, "shuffle": None},
        interpreter=own_interpreter(),
        files={"user_code.py": CODE.encode(), "test_user_code.py": TESTS.encode()},
    )

    async def once() -> float:
        await sandbox.warm_up(run)
        await asyncio.sleep(REST_SECONDS)
        started = time.perf_counter()
        result = await sandbox.run(run)
        if result.verdict != "passed":
            raise SystemExit(f"the container's run ended as {result.verdict}: {result.detail}")
        return time.perf_counter() - started

    return once


async def measure(rounds: int, engine: str, folder: Path) -> dict[str, list[float]]:
    cold, warm = ContainerSandbox(engine), ContainerSandbox(engine, stock=Stock(spares=1, kinds=1))
    variants = {
        "python -c pass": process(sys.executable, "-I", "-S", "-c", "pass"),
        f"{engine} run, contract's flags": plain(engine, folder),
        "ours, cold": ours(cold),
        "ours, warm": ours(warm),
    }
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, measured in variants.items():
            took = await measured()
            if number:
                seconds[name].append(took)
    await cold.aclose()
    await warm.aclose()
    return seconds


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    engine = sys.argv[2] if len(sys.argv) > 2 else "podman"
    with tempfile.TemporaryDirectory() as folder:
        seconds = asyncio.run(measure(rounds, engine, Path(folder)))
    base = statistics.median(seconds["python -c pass"])
    print(f"{'variant':32} {'median ms':>9} {'p90 ms':>8} {'ratio':>7}")
    for name, values in seconds.items():
        median, p90 = statistics.median(values), statistics.quantiles(values, n=10)[-1]
        print(f"{name:32} {median * 1000:9.1f} {p90 * 1000:8.1f} {median / base:7.1f}")


if __name__ == "__main__":
    main()
