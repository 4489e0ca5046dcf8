"""The variants of `benchmarks/sandbox.py` that run in containers of Podman or Docker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aitestgen.errors import SandboxError
from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.sandbox.container_engine import IMAGE, find_engine
from aitestgen.sandbox.container_pool import Stock
from jobs import Variant, command, folder_of_job, jailed, job

CONTRACT = (
    *("--rm", "--network=none", "--cap-drop=ALL", "--read-only", "--memory=256m", "--cpus=0.5", "--pids-limit=64"),
    *("--ulimit", "nproc=4096:4096", "--ulimit", "nofile=512:512", "--user=testuser"),
    *("--tmpfs", "/tmp:rw,noexec,size=64m", "--security-opt=no-new-privileges"),  # noqa: S108  # the container's own
)
PYTEST = "import sys; sys.path += ['/aitestgen/lib', '/workspace']; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
HALF = 0.5
LOOK_SECONDS = 0.02


@asynccontextmanager
async def contained(engine: str, image: str) -> AsyncIterator[dict[str, Variant]]:
    """Cold, warm, and what `ENGINE run` alone takes; nothing, said aloud, where there is no engine or no image."""
    try:
        client = find_engine(engine or None)
    except SandboxError as error:
        print(f"NO CONTAINERS ARE MEASURED: {error}\n")
        yield {}
        return
    engine = Path(client).name
    cold = ContainerSandbox(engine, image=image or IMAGE)
    warm = ContainerSandbox(engine, image=image or IMAGE, stock=Stock(spares=1, kinds=2))
    try:
        with folder_of_job() as folder:
            yield await _variants(cold, warm, (client, "run", *CONTRACT, *_pytest(folder, image or IMAGE)))
    finally:
        await cold.aclose()
        await warm.aclose()


async def _variants(cold: ContainerSandbox, warm: ContainerSandbox, plain: tuple[str, ...]) -> dict[str, Variant]:
    async def stocked() -> None:
        """Have one on standby, and no start going on."""
        for cores in (1.0, HALF):
            await warm.warm_up(job(cores=cores))
        while warm.depth.ready < 2:
            await asyncio.sleep(LOOK_SECONDS)

    try:
        await jailed(cold, job())()
    except SandboxError as error:
        print(f"NO CONTAINERS ARE MEASURED: {error}\n")
        return {}
    await stocked()
    return {
        "container, warm": Variant(once=jailed(warm, job()), settle=stocked),
        "container, warm, half a core (default)": Variant(once=jailed(warm, job(cores=HALF)), settle=stocked),
        "container, cold": Variant(once=jailed(cold, job()), settle=cold.aclose),
        "container, cold, half a core (default)": Variant(once=jailed(cold, job(cores=HALF)), settle=cold.aclose),
        f"`{Path(plain[0]).name} run`, half a core": Variant(once=command(*plain, folder="/")),
    }


def _pytest(folder: Path, image: str) -> tuple[str, ...]:
    words = ("python3", "-c", PYTEST, "-q", "-p", "no:cacheprovider", "/workspace")
    return (f"--volume={folder}:/workspace:ro", image, *words)
