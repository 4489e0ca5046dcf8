"""`aitestgen doctor`: what is available here, what is missing, and what fixes it."""

import asyncio
from dataclasses import asdict

from aitestgen import wiring
from aitestgen.cli.console import print_json, put, say
from aitestgen.errors import AitestgenError, SandboxError
from aitestgen.sandbox.doctor import Check, diagnose
from aitestgen.settings import Settings, read_settings
from aitestgen.values import RunResult


def examine(*, as_json: bool) -> int:
    """Print every check; the last one is an honest test in the jail. 0 where it passes, else 4."""
    settings = read_settings()
    proof, reason = try_jail(settings)
    checks = diagnose(settings.container_image, settings.container_runtime)
    code = 0 if proof else SandboxError.exit_code
    if as_json:
        jail = {"backend": proof.backend, "tier": str(proof.tier)} if proof else None
        print_json([], checks=[asdict(check) for check in checks], jail=jail, reason=reason, exit_code=code)
        return code
    show(checks)
    if proof:
        say(f"the jail works: {proof.backend}, tier {proof.tier}, one honest test in {proof.seconds:.2f} s")
    else:
        say(f"no jail can be had here: {reason}")
    return code


def try_jail(settings: Settings) -> tuple[RunResult | None, str | None]:
    try:
        interpreter = wiring.interpreter(settings.python)
        jail = wiring.jail(settings)
        return asyncio.run(wiring.closing(jail, wiring.prove(jail, interpreter))), None
    except AitestgenError as error:
        return None, str(error)


def show(checks: tuple[Check, ...]) -> None:
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        put(f"{'ok     ' if check.ok else 'missing'}  {check.name:<{width}}  {check.what}\n")
        if check.fix and not check.ok:
            put(f"{'':9}{'':<{width}}  fix: {check.fix}\n")
