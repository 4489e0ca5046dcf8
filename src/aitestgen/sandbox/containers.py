"""Containers on this machine."""

import asyncio
import shutil

PATIENCE_SECONDS = 2.0


async def containers_available() -> bool:
    """Whether a Docker or Podman engine answers: the command alone, without its engine, is not enough."""
    asked = [_answers(command) for command in ("docker", "podman") if shutil.which(command)]
    return any(await asyncio.gather(*asked))


async def _answers(command: str) -> bool:
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(command, "info", stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await process.wait() == 0
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
