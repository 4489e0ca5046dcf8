"""The jails in which the guests are run. A new backend, or a new tier of one, is one more line."""

from collections.abc import Callable
from dataclasses import dataclass

from aitestgen.errors import SandboxError
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.warm import Warmth
from aitestgen.seams import Sandbox
from aitestgen.values import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One kind of jail. `make` raises SandboxError where this machine has none."""

    name: str
    tier: Tier
    make: Callable[[], Sandbox]


def _with_control_groups(warmth: Warmth | None = None) -> BubblewrapSandbox:
    sandbox = BubblewrapSandbox(warmth=warmth)
    if sandbox.tier is not Tier.A:
        raise SandboxError("no control groups can be used here: see `aitestgen doctor`")
    return sandbox


WARM = Warmth(spares=3)
BACKENDS = (
    Backend(name="bubblewrap A", tier=Tier.A, make=_with_control_groups),
    Backend(name="bubblewrap A, warm", tier=Tier.A, make=lambda: _with_control_groups(WARM)),
    Backend(name="bubblewrap B", tier=Tier.B, make=lambda: BubblewrapSandbox(cgroups="none")),
    Backend(name="bubblewrap B, warm", tier=Tier.B, make=lambda: BubblewrapSandbox(cgroups="none", warmth=WARM)),
)
