"""The jails in which the guests are run. A new backend, or a new tier of one, is one more line."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from tests.sandbox.podman import IMAGE, RUNTIMES, build_image

from aitestgen.errors import SandboxError
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.sandbox.container_pool import Stock
from aitestgen.sandbox.warm import Warmth
from aitestgen.seams import Sandbox
from aitestgen.values import Tier


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


WARM = Warmth(spares=3)
BACKENDS = (
    Backend(name="bubblewrap A", tier=Tier.A, make=_with_control_groups),
    Backend(name="bubblewrap A, warm", tier=Tier.A, make=lambda: _with_control_groups(WARM)),
    Backend(name="bubblewrap B", tier=Tier.B, make=lambda: BubblewrapSandbox(cgroups="none")),
    Backend(name="bubblewrap B, warm", tier=Tier.B, make=lambda: BubblewrapSandbox(cgroups="none", warmth=WARM)),
    Backend(name="podman, runc", tier=Tier.A, make=_podman, container=True, demanded=True),
    Backend(name="podman, gVisor", tier=Tier.VM, make=_gvisor, container=True, by_command=True),
)
