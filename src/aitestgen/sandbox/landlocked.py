"""A jail where no namespaces can be made: Landlock, the system-call filter and rlimits. Tier C (docs/sandbox.md)."""

import asyncio
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aitestgen.errors import SandboxError
from aitestgen.sandbox.jail import Channel, Jail, job_of
from aitestgen.sandbox.jail_view import RESERVED, guest_variables
from aitestgen.sandbox.launch import memory_file
from aitestgen.sandbox.library import library_for
from aitestgen.sandbox.output import Output
from aitestgen.sandbox.relocation import Relocation
from aitestgen.sandbox.run_folder import RunFolder, own_folder, remove_folder, run_folder, sweep
from aitestgen.sandbox.seccomp import Alone, filter_program
from aitestgen.sandbox.slots import user_slot
from aitestgen.sandbox.verdict import judge
from aitestgen.seams import OnFrame
from aitestgen.values import Run, RunResult, Tier

START = "import sys; sys.path[0] = {guest!r}; from aitestgen_guest.jail.landlocked import main; main({channel}, {plan})"
OTHERS_MAY_ENTER, OTHERS_MAY_READ = 0o001, 0o004
MakeFolder = Callable[[Mapping[str, bytes], int | None], AbstractContextManager[RunFolder]]


class LandlockSandbox:
    """Implements seams.Sandbox. Every run gets fresh processes in a folder of its own, and any number may run at once.

    Guests see neither /proc nor anything of the host's files but names, sizes and dates; they have no namespaces, no
    socket but pairs, and no shared memory by name. Where the host is root they get a user id of their own. Raises
    SandboxError where this machine has no system-call filter, and at the first run where the kernel lacks a wall. There
    is no unsandboxed fallback.
    """

    tier = Tier.C

    def __init__(self, *, make_folder: MakeFolder = run_folder) -> None:
        self._as_root = os.getuid() == 0
        self._filter = filter_program(alone=Alone(shared_user=not self._as_root))
        self._make_folder = make_folder
        self._copies: dict[Path, Path] = {}
        sweep()

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        """Run one guest to its end (see seams.Sandbox)."""
        started = time.monotonic()
        library = await asyncio.to_thread(self._library, run)
        check_reachable((*run.interpreter.folders, *run.binds), as_root=self._as_root)
        with user_slot() as uid, self._make_folder(run.files, uid) as folder:
            result = await self._in(Place(folder=folder, library=library, uid=uid), run, on_frame)
        return replace(result, seconds=time.monotonic() - started)

    async def aclose(self) -> None:
        """Remove what was kept for later runs."""
        while self._copies:
            remove_folder(self._copies.popitem()[1])

    async def _in(self, place: "Place", run: Run, on_frame: OnFrame | None) -> RunResult:
        relocation = Relocation(folder=place.folder, library=place.library)
        async with self._jail(place, run) as jail:
            if await jail.begin():
                job = job_of(run, polled=True, with_files=False)
                limits = {**job["limits"], "user_is_shared": place.uid is None}
                inward = {**job, "job": relocation.inward(job["job"]), "limits": limits}
                await jail.talk(run, _outward(relocation, on_frame), inward)
            await jail.gone()
            if not jail.ending.began:
                raise SandboxError(_explain(jail.output.text()))
            ending = replace(jail.ending, frames=tuple(map(relocation.outward, jail.ending.frames)))
            result = judge(run, ending)
            return replace(
                result,
                detail=relocation.text(result.detail),
                output=relocation.text(jail.output.text()),
                output_cut=jail.output.cut,
                backend="landlock",
                tier=self.tier,
            )

    @asynccontextmanager
    async def _jail(self, place: "Place", run: Run) -> AsyncIterator[Jail]:
        """A started jail, whose judge waits for its job. On leaving everything in it is dead."""
        ours, theirs = socket.socketpair()
        output = Output(run.limits.output_bytes)
        with ours, output:
            with theirs, memory_file(json.dumps(self._plan(place, run)).encode()) as told:
                process = await _start(place, run, (theirs.fileno(), told), output.descriptor)
            output.start()
            jail = Jail(Life(process), await Channel.over(ours), output, None)
            try:
                yield jail
            finally:
                await jail.end()

    def _plan(self, place: "Place", run: Run) -> dict[str, Any]:
        readable = (*run.interpreter.folders, *run.binds, place.library, place.folder.job)
        return {
            "tmp": str(place.folder.tmp),
            "readable": [str(path) for path in readable],
            "seccomp": self._filter.hex(),
            "own_user": place.uid is not None,
            "processes": run.limits.processes,
        }

    def _library(self, run: Run) -> Path:
        """Our guest programs where a guest can read them: root's own cache is closed to all others."""
        library = library_for(run.interpreter)
        if not self._as_root:
            return library
        if library not in self._copies or run.interpreter.version not in _compiled_for(self._copies[library]):
            outdated = self._copies.pop(library, None)  # runs of now may still need it
            self._copies[library] = _copied(library)
            if outdated is not None:
                self._copies[outdated] = outdated
        return self._copies[library]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one run happens, and as whom (None: as who we are)."""

    folder: RunFolder
    library: Path
    uid: int | None


class Life:
    """Implements jail.Life for the warden, who ends last of all: killed itself, it could not see to the others."""

    pid = 0

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def wait(self) -> object:
        return await self._process.wait()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)


async def _start(place: Place, run: Run, descriptors: tuple[int, int], output: int) -> asyncio.subprocess.Process:
    executable = run.interpreter.executable
    channel, plan = descriptors
    variables = {"PATH": str(executable.parent), **guest_variables(run.hash_seed)}
    variables |= dict.fromkeys(("HOME", "TMPDIR"), str(place.folder.tmp))
    program = START.format(guest=str(place.library / "guest"), channel=channel, plan=plan)
    try:
        return await asyncio.create_subprocess_exec(
            *(str(executable), "-S", "-s", "-c", program),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=descriptors,
            env={**variables, "AITESTGEN_JOB": str(place.folder.job)},
            cwd=place.folder.tmp,
            start_new_session=True,  # Ctrl-C in a terminal is for us: what it means for a jail is our decision
            user=place.uid,
            group=place.uid,
            extra_groups=None if place.uid is None else (),
        )
    except OSError as error:
        raise SandboxError(f"cannot start {executable} as a guest: {error}") from error


def check_reachable(shown: Iterable[Path], *, as_root: bool) -> None:
    """Raises SandboxError for what a guest cannot be shown: all there is, or what is root's alone."""
    for path in shown:
        if path in RESERVED or not path.is_absolute():
            raise SandboxError(f"{path} cannot be shown in the jail whole: put the project into a folder of its own")
        closed = _closed(path.resolve()) if as_root else None
        if closed is not None:
            raise SandboxError(
                f"guests of a jail without namespaces are another user, who cannot reach {path}: {closed} is closed. "
                f"`chmod o+x {closed}`, take a Python elsewhere (--python), or do not run as root"
            )


def _closed(path: Path) -> Path | None:
    """The outermost folder on the way there that others may not enter, or the place itself if they may not read it."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & OTHERS_MAY_ENTER:
            return folder
    return None if path.stat().st_mode & OTHERS_MAY_READ else path


def _outward(relocation: Relocation, on_frame: OnFrame | None) -> OnFrame | None:
    return None if on_frame is None else lambda frame: on_frame(relocation.outward(frame))


def _copied(library: Path) -> Path:
    copy = own_folder()
    shutil.copytree(library, copy, dirs_exist_ok=True)
    copy.chmod(0o755)
    return copy


def _compiled_for(library: Path) -> set[tuple[int, int]]:
    """The versions of Python for which a copy of the library was compiled when it was made."""
    names = [mark.name.removeprefix("compiled-") for mark in library.glob("compiled-*")]
    return {(int(major), int(minor)) for major, _, minor in (name.partition(".") for name in names)}


def _explain(said: str) -> str:
    said = said.strip()[-600:] or "it said nothing"
    return f"the jail of tier C did not start ({said}): see `aitestgen doctor`"
