"""Jails: which one, and the runs that prove it."""

from functools import partial
from typing import TYPE_CHECKING

from aitestgen.errors import SandboxError
from aitestgen.seams import Sandbox
from aitestgen.settings import Settings
from aitestgen.values import (
    Interpreter,
    Limits,
    Request,
    Run,
    RunResult,
    SourceFile,
    TestModule,
    Tier,
    Verdict,
)

if TYPE_CHECKING:
    from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
    from aitestgen.sandbox.landlocked import LandlockSandbox

CONTAINERS = ("podman", "docker")
LOCAL_BACKENDS = ("bubblewrap", "landlock", *CONTAINERS)
BACKENDS = (*LOCAL_BACKENDS, "remote")
MOST_SPARES = 8


def jail(settings: Settings, backend: str | None = None, *, warm: bool = False) -> Sandbox:
    """The sandbox that is asked for. Raises SandboxError with the fix, never less.

    With `warm` jails stand ready for many runs; the caller closes it. `auto` takes the sandbox services where
    SANDBOX_SERVICE_URL names any, else the best jail of this machine; where the floor allows it, also one without
    namespaces.
    """
    wanted = backend or settings.sandbox_backend
    if wanted == "remote" or (wanted == "auto" and settings.sandbox_service_urls):
        return _remote(settings)
    return local_jail(settings, wanted, warm=warm)


def local_jail(settings: Settings, backend: str | None = None, *, warm: bool = False) -> Sandbox:
    """A jail of this machine, as `jail` does it. The sandbox service has no other: it would ask itself."""
    wanted = backend or settings.sandbox_backend
    if wanted not in ("auto", *LOCAL_BACKENDS):
        allowed = LOCAL_BACKENDS if wanted == "remote" else BACKENDS
        raise SandboxError(f"no sandbox backend {str(wanted)!r} here; available: {', '.join(allowed)}")
    if wanted in CONTAINERS:
        return _containers(settings, wanted)
    if wanted == "landlock":
        return _landlocked(settings)
    if wanted == "auto" and Tier.C.reaches(settings.sandbox_floor):
        from aitestgen.sandbox.probed import ProbedSandbox

        return ProbedSandbox((partial(_namespaced, settings, warm=warm), partial(_landlocked, settings)), prove)
    return _namespaced(settings, warm=warm)


def _namespaced(settings: Settings, *, warm: bool) -> "BubblewrapSandbox":
    from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
    from aitestgen.sandbox.warm import Warmth

    sandbox = BubblewrapSandbox(warmth=Warmth(spares=spares(settings) + 1) if warm else None)
    check_floor(sandbox.tier, settings.sandbox_floor)
    return sandbox


def spares(settings: Settings) -> int:
    """How many jails of a kind stand ready: one for each slot, within reason."""
    return min(settings.slots, MOST_SPARES)


def _landlocked(settings: Settings) -> "LandlockSandbox":
    from aitestgen.sandbox.landlocked import LandlockSandbox

    check_floor(LandlockSandbox.tier, settings.sandbox_floor)
    return LandlockSandbox()


def _containers(settings: Settings, engine: str) -> Sandbox:
    """Ready for runs of a kind that comes again, however few: a container costs more to start than to keep."""
    from aitestgen.sandbox.container import ContainerSandbox
    from aitestgen.sandbox.container_pool import Stock

    return ContainerSandbox(
        engine,
        image=settings.container_image,
        runtime=settings.container_runtime,
        stock=Stock(spares=spares(settings)),
        floor=settings.sandbox_floor,
    )


def check_floor(tier: Tier, floor: Tier) -> None:
    """Raises SandboxError where the tier is weaker than what the operator allows."""
    if not tier.reaches(floor):
        raise SandboxError(
            f"the best jail here is of tier {tier}, and AITESTGEN_SANDBOX_FLOOR asks for {floor}: "
            "`aitestgen doctor` tells what is missing for a better one"
        )


def _remote(settings: Settings) -> Sandbox:
    from aitestgen.sandbox.remote import RemoteSandbox

    token = settings.sandbox_token.get_secret_value() if settings.sandbox_token else None
    return RemoteSandbox(settings.sandbox_service_urls, token=token)


def plain_run(source: SourceFile, interpreter: Interpreter, name: str, text: str, limits: Limits) -> Run:
    """A run of one test file that only wants the verdict: nothing is traced."""
    from aitestgen.measure.test_runs import test_run, untraced

    return untraced(test_run(source, interpreter, name, text, limits))


def tests_run(request: Request, tests: TestModule, limits: Limits) -> Run:
    """A run of one test file of a project, with the helpers beside it, that only wants the verdict."""
    from aitestgen.measure.test_runs import untraced
    from aitestgen.standing import run_of_module

    return untraced(run_of_module(request, tests, tests.text, limits))


def honest_run(interpreter: Interpreter, limits: Limits) -> Run:
    """A run of one test that passes."""
    source = SourceFile(text="ANSWER = 42\n", module="honest")
    test = "from honest import ANSWER\n\n\ndef test_answer():\n    assert ANSWER == 42\n"
    return plain_run(source, interpreter, "test_honest.py", test, limits)


async def prove(sandbox: Sandbox, interpreter: Interpreter) -> RunResult:
    """The result of one honest test in the sandbox. Raises SandboxError where it does not pass."""
    result = await sandbox.run(honest_run(interpreter, Limits(wall_seconds=20.0)))
    if result.verdict is not Verdict.PASSED:
        how = f"{result.verdict}, {result.detail}".rstrip(", ")
        raise SandboxError(f"an honest test did not pass in the {result.backend} sandbox: {how}")
    return result
