"""Docker or Podman, by its command line client: asked without a shell, and believed only about itself."""

import asyncio
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from aitestgen.errors import SandboxError
from aitestgen.sandbox.container_trouble import INSTALL, explain
from aitestgen.sandbox.owner import is_gone, kill_if

ENGINES = ("podman", "docker")
IMAGE = "localhost/aitestgen-guest:latest"
LABEL = "aitestgen"
ANSWER_SECONDS = 30.0
STRONGER = ("runsc", "kata", "gvisor")
"""In the name of a runtime that puts a kernel of its own between guest and host."""

VERSION = {"podman": "{{.Client.Version}}", "docker": "{{.Server.APIVersion}}"}
OLDEST = {"podman": (4, 0), "docker": (1, 41)}
"""The API 1.41 came with Docker 20.10, which brought `--cgroupns` and `--pull`."""

OWNER = {"podman": '{{index .Labels "aitestgen"}}', "docker": '{{.Label "aitestgen"}}'}
ATTEMPTS = 4
"""Podman fails to kill a container that ends just then ("state improper: stopped"): the next time it is gone."""

GONE = ("no such container", "no container with", "already in progress")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A container engine. `runtime` is the engine's default where it is empty."""

    name: str
    client: str
    image: str = IMAGE
    runtime: str = ""

    @property
    def local(self) -> bool:
        """Whether it shares our file system."""
        host = os.environ.get("DOCKER_HOST" if self.name == "docker" else "CONTAINER_HOST", "")
        return not host or host.startswith("unix:")

    @property
    def has_own_kernel(self) -> bool:
        """Whether guests run on another kernel than the host's."""
        return any(name in self.runtime.rpartition("/")[2] for name in STRONGER)

    async def ask(self, *words: str) -> str:
        """What the client answers. Raises SandboxError with the fix where it fails."""
        status, said, complaint = await self._run(*words)
        if status != 0:
            raise SandboxError(explain(self.name, complaint, image=self.image, runtime=self.runtime))
        return said.strip()

    async def check(self) -> None:
        """Raises SandboxError, naming the fix, unless the engine answers, is new enough, and has the image."""
        version = await self.ask("version", "--format", VERSION[self.name])
        numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
        if numbers < OLDEST[self.name]:
            oldest = ".".join(map(str, OLDEST[self.name]))
            raise SandboxError(f"{self.name} {version} is too old: install {oldest} or newer ({INSTALL[self.name]})")
        await self.ask("image", "inspect", "--format", "{{.Id}}", self.image)

    async def sweep(self) -> None:
        """Remove the containers that were left by processes which are gone. Raises SandboxError."""
        form = "{{.ID}} " + OWNER[self.name]
        for line in (await self.ask("ps", "--all", "--filter", f"label={LABEL}", "--format", form)).splitlines():
            container, _, owner = line.partition(" ")
            if is_gone(owner):
                await self.remove(container)

    async def remove(self, container: str) -> None:
        """Kill the container, and wait until it is gone. Raises SandboxError where it stays."""
        hurry = ("--time", "0") if self.name == "podman" else ()
        complaint = ""
        for _ in range(ATTEMPTS):
            status, _, complaint = await self._run("rm", "--force", *hurry, container)
            if status == 0 or any(sign in complaint.lower() for sign in GONE):
                return
        raise SandboxError(f"the container {container} stays: {complaint.strip()[-400:]}")

    async def kill_kernel(self, container: str) -> None:
        """Kill the kernel of its own that a container has, where it is a process of ours: the engine asks the runtime,
        whom a guest that keeps its kernel busy lets wait for seconds.
        """
        status, said, _ = await self._run("inspect", "--format", "{{.Id}} {{.State.Pid}}", container)
        identity, _, pid = said.strip().partition(" ")
        if status == 0 and pid.isdigit() and int(pid):
            with suppress(OSError):  # it has ended, or is another user's: then the engine's own way is the only one
                kill_if(lambda words: any(identity in word for word in words), int(pid))

    async def update(self, container: str, cores: float) -> None:
        """From now on the container gets no more than so much CPU a second. Raises SandboxError."""
        await self.ask("update", f"--cpus={cores:g}", container)

    async def _run(self, *words: str) -> tuple[int, str, str]:
        """Exit status, stdout and stderr. All are pipes: a runtime of root's may change the owner of its streams."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                self.client, *words, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
            )
        except OSError as error:
            raise SandboxError(f"cannot start {self.client}: {error}; {INSTALL[self.name]}") from error
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                said, complaint = await process.communicate(b"")
        except TimeoutError:
            raise SandboxError(f"`{self.name} {words[0]}` did not answer: is the engine well? Restart it") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, said.decode(errors="replace"), complaint.decode(errors="replace")


def find_engine(name: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The path of an engine's client; of the first that is installed where no name is given. Raises SandboxError."""
    for candidate in (name,) if name else ENGINES:
        if found := shutil.which(candidate, path=environ.get("PATH")):
            return found
    missing = name or "podman"
    raise SandboxError(f"{missing} is not installed: {INSTALL[missing]}")
