"""The jails in which the guests are run. A new backend, or a new tier of one, is one more line."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.sandbox.podman import IMAGE, RUNTIMES, build_image

from aitestgen.errors import SandboxError
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.sandbox.container_pool import Stock
from aitestgen.sandbox.interpreter import inspect_interpreter, own_interpreter
from aitestgen.sandbox.landlocked import LandlockSandbox, check_reachable
from aitestgen.sandbox.run_folder import RunFolder, run_folder
from aitestgen.sandbox.warm import Warmth
from aitestgen.seams import OnFrame, Sandbox
from aitestgen.values import Interpreter, Run, RunResult, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One kind of jail. `make` raises SandboxError where this machine has none.

    `container`: it is an engine's, and its guests see an image instead of this machine's files. `demanded`:
    continuous integration has to have it. `by_command`: too slow for the test suite, so that only the command runs it.
    """

    name: str
    tier: Tier
    make: Callable[[], Sandbox]
    container: bool = False
    demanded: bool = False
    by_command: bool = False


def _with_control_groups(warmth: Warmth | None = None) -> BubblewrapSandbox:
    sandbox = BubblewrapSandbox(warmth=warmth)
    if sandbox.tier is not Tier.A:
        raise SandboxError("no control groups can be used here: see `aitestgen doctor`")
    return sandbox


def _podman() -> ContainerSandbox:
    """As root, where the engine's limits are the kernel's on both versions of control groups."""
    sandbox = ContainerSandbox("podman", image=IMAGE, stock=Stock(spares=2, kinds=3), floor=Tier.A)
    build_image()
    return sandbox


def _gvisor() -> ContainerSandbox:
    runtime = RUNTIMES / "runsc"
    if not runtime.exists() or os.getuid() != 0:
        raise SandboxError("gVisor is not there: .ci/install-podman unpacks it, and root can use it")
    sandbox = ContainerSandbox("podman", image=IMAGE, runtime=str(runtime), stock=Stock(spares=2, kinds=3))
    build_image()
    return sandbox


@cache
def reachable_interpreter() -> Interpreter:
    """One that guests of a jail without mounts can reach: our own, else the system's. Raises SandboxError."""
    own = own_interpreter()
    try:
        check_reachable(own.folders, as_root=os.getuid() == 0)
    except SandboxError:
        system = Path("/usr/bin/python3")
        if not system.exists():
            raise
        return inspect_interpreter(system)
    return own


def let_in(folder: Path) -> None:
    """Let everybody reach the folder of a test: pytest keeps its folders closed."""
    for one in (folder, *folder.parents):
        if one == Path(tempfile.gettempdir()):
            break
        one.chmod(0o755)


PLACES = re.compile(rb"(?<![\w.])/(job|tmp)\b(?!-)")


@contextmanager
def translated(files: Mapping[str, bytes], uid: int | None) -> Iterator[RunFolder]:
    """A run's folder whose files name its own places where those of a guest name /job and /tmp."""
    with run_folder({}, uid) as folder:
        root = os.fsencode(folder.root)
        folder.write({name: PLACES.sub(root + rb"/\1", data) for name, data in files.items()})
        yield folder


class Landlocked:
    """Implements seams.Sandbox: tier C for guests that are written for /job and /tmp, under a Python they can reach."""

    def __init__(self) -> None:
        self._interpreter = reachable_interpreter()
        self._sandbox = LandlockSandbox(make_folder=translated)

    async def run(self, run: Run, on_frame: OnFrame | None = None) -> RunResult:
        return await self._sandbox.run(replace(run, interpreter=self._interpreter), on_frame)

    async def aclose(self) -> None:
        await self._sandbox.aclose()


WARM = Warmth(spares=3)
BACKENDS = (
    Backend(name="bubblewrap A", tier=Tier.A, make=_with_control_groups),
    Backend(name="bubblewrap A, warm", tier=Tier.A, make=lambda: _with_control_groups(WARM)),
    Backend(name="bubblewrap B", tier=Tier.B, make=lambda: BubblewrapSandbox(cgroups="none")),
    Backend(name="bubblewrap B, warm", tier=Tier.B, make=lambda: BubblewrapSandbox(cgroups="none", warmth=WARM)),
    Backend(name="podman, runc", tier=Tier.A, make=_podman, container=True, demanded=True),
    Backend(name="podman, gVisor", tier=Tier.VM, make=_gvisor, container=True, by_command=True),
    Backend(name="landlock C", tier=Tier.C, make=Landlocked),
)
