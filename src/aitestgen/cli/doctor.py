"""`aitestgen doctor`: what is available here, what is missing, and what fixes it."""

import asyncio
from dataclasses import asdict

from aitestgen import wiring
from aitestgen.cli.console import print_json, put, say
from aitestgen.errors import AitestgenError, LLMError, SandboxError
from aitestgen.sandbox.doctor import Check, diagnose
from aitestgen.settings import Settings, read_settings
from aitestgen.values import Prompt, RunResult

ASK = Prompt(system="You are being tested.", user="Answer with the word `ready`.", max_tokens=200)
"""Room for models that think first; others stop after the word."""
MODEL_SECONDS = 30.0


def examine(*, as_json: bool, llm: str | None = None) -> int:
    """Print every check; the last ones ask the language model, and run an honest test in the jail.

    0 where that test passes, else 4: a model is not needed.
    """
    settings = read_settings()
    proof, reason = try_jail(settings)
    model = try_model(settings, llm or settings.llm)
    checks = (*diagnose(settings.container_image, settings.container_runtime), model)
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


def try_model(settings: Settings, choice: str) -> Check:
    """One tiny question to the language model, and what came of it."""
    name = "language model"
    if settings.llm_replay:
        return Check(name=name, ok=True, what=f"answers are replayed from {settings.llm_replay}")
    bounded = {"llm_patience_seconds": min(settings.llm_patience_seconds, MODEL_SECONDS)}
    try:
        model = wiring.model(settings.model_copy(update=bounded), choice)
        if model is None:
            return Check(name=name, ok=True, what="none is configured, and nothing is sent: the search needs none")
        answer = asyncio.run(wiring.closing(model, model.complete(ASK)))
    except LLMError as error:
        return Check(name=name, ok=False, what=str(error), fix="see the message, or use --llm none")
    spend = answer.spend
    what = f"{model.name} answers in {answer.seconds:.1f} s: {spend.input_tokens} tokens in, {spend.output_tokens} out"
    return Check(name=name, ok=True, what=f"{what}, {_money(spend.usd)}")


def _money(usd: float) -> str:
    return f"${usd:.6f}" if usd else "counted as $0 (AITESTGEN_LLM_PRICES)"


def show(checks: tuple[Check, ...]) -> None:
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        put(f"{'ok     ' if check.ok else 'missing'}  {check.name:<{width}}  {check.what}\n")
        if check.fix and not check.ok:
            put(f"{'':9}{'':<{width}}  fix: {check.fix}\n")
