"""Starting a process in an outer jail: through the launcher, by descriptors that are open before it begins."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aitestgen.errors import SandboxError
from aitestgen.sandbox import launcher


async def launch(plan: Mapping[str, Any], inherited: tuple[int, ...], output: int) -> asyncio.subprocess.Process:
    """Start the launcher with a plan (jail_view.launch_plan). Raises SandboxError."""
    command = (sys.executable, "-I", "-S", str(Path(launcher.__file__)))
    with memory_file(json.dumps(dict(plan)).encode()) as told:
        try:
            return await asyncio.create_subprocess_exec(
                *command,
                str(told),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(told, *inherited),
                env={},
                cwd="/",
                start_new_session=True,  # Ctrl-C in a terminal is for us: what it means for a jail is our decision
            )
        except OSError as error:
            raise SandboxError(f"cannot start {command[0]}: {error}") from error


@contextmanager
def memory_file(content: bytes) -> Iterator[int]:
    """A descriptor at the start of an unnamed file."""
    descriptor = os.memfd_create("aitestgen")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
