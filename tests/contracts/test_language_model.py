"""What every language model does, whatever stands behind it: one suite for seams.LanguageModel."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.providers.build import PROMPT, SHAPED, client
from tests.providers.scripted_server import Asked, Drips, Hangs, ScriptedServer, Step, answer, error

from aitestgen import wiring
from aitestgen.errors import LLMError
from aitestgen.providers.budget import Caps, Ledger, Metered, WithinBudget
from aitestgen.providers.forms import KnownForms, Structured
from aitestgen.providers.pacing import FileTurns, Paced, Rate
from aitestgen.providers.presets import Form
from aitestgen.providers.recording import Recording, Replaying
from aitestgen.providers.redaction import redactor
from aitestgen.providers.retrying import Patience, Retrying
from aitestgen.providers.side_by_side import Places, SideBySide
from aitestgen.seams import LanguageModel
from aitestgen.settings import Settings
from aitestgen.testing import ScriptedModel
from aitestgen.values import Completion, Prompt

SECONDS = 1.0
NAME = "groq:llama-3.1-8b-instant"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a model may be built from: a server that follows `steps`, and a folder of its own."""

    server: ScriptedServer
    steps: list[Step]
    folder: Path

    def client(self, form: Form = Form.PLAIN) -> LanguageModel:
        return client(self.server.url, timeout_seconds=SECONDS, form=form)


def structured(ground: Ground) -> LanguageModel:
    return Structured([ground.client(form) for form in Form], KnownForms())


def budgeted(ground: Ground) -> LanguageModel:
    ledger = Ledger(Caps(calls=50, tokens=100_000))
    return WithinBudget(Metered(ground.client(), ledger), ledger)


def whole(ground: Ground) -> LanguageModel:
    """As users get it, with every wrapper."""
    settings = Settings().model_copy(
        update={
            "llm": NAME,
            "llm_base_url": ground.server.url,
            "groq_api_key": SecretStr("gsk_0123456789"),
            "llm_patience_seconds": SECONDS,
            "llm_record": ground.folder / "kept",
            "state_folder": ground.folder,
        }
    )
    model = wiring.model(settings, NAME)
    assert model is not None
    return model


SERVED: dict[str, Callable[[Ground], LanguageModel]] = {
    "client": Ground.client,
    "retrying": lambda ground: Retrying(ground.client(), Patience(seconds=SECONDS, first_pause_seconds=0.01)),
    "structured": structured,
    "paced": lambda ground: Paced(
        ground.client(), FileTurns(ground.folder / "turns", "a", Rate(requests=50)), longest_seconds=SECONDS
    ),
    "side by side": lambda ground: SideBySide(ground.client(), Places(ground.folder, "a", 2), longest_seconds=SECONDS),
    "budgeted": budgeted,
    "recording": lambda ground: Recording(ground.client(), ground.folder, redactor()),
    "whole": whole,
}


def scripted(ground: Ground) -> LanguageModel:  # noqa: ARG001 # one of a table
    return ScriptedModel("fine", "fine", name=NAME)


def replaying(ground: Ground) -> LanguageModel:
    source = ScriptedModel("fine", "fine", name=NAME)
    for prompt in (PROMPT, SHAPED):
        asyncio.run(Recording(source, ground.folder, redactor()).complete(prompt))
    return Replaying(NAME, ground.folder)


EVERY = {**SERVED, "scripted": scripted, "replaying": replaying}


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    steps: list[Step] = [answer("fine")]

    def script(number: int, _: Asked) -> Step:
        return steps[min(number, len(steps) - 1)]

    with ScriptedServer(script) as server:
        yield Ground(server, steps, tmp_path)


@pytest.fixture(params=EVERY)
def model(request: pytest.FixtureRequest, ground: Ground) -> LanguageModel:
    return EVERY[request.param](ground)


@pytest.fixture(params=SERVED)
def served_model(request: pytest.FixtureRequest, ground: Ground) -> LanguageModel:
    return SERVED[request.param](ground)


def ask(model: LanguageModel, prompt: Prompt = PROMPT) -> Completion:
    async def scene() -> Completion:
        try:
            return await model.complete(prompt)
        finally:
            await model.aclose()

    return asyncio.run(scene())


def test_its_name_is_provider_and_model(model: LanguageModel) -> None:
    assert model.name == NAME


def test_it_answers_and_says_what_that_cost(model: LanguageModel) -> None:
    got = ask(model)
    assert (got.text, got.cut, got.spend.calls) == ("fine", False, 1)
    assert (bool(got.model), got.spend.input_tokens > 0, got.spend.output_tokens > 0) == (True, True, True)
    assert 0 <= got.seconds < 5


def test_it_takes_a_prompt_with_a_schema(model: LanguageModel) -> None:
    assert ask(model, SHAPED).text == "fine"


def test_it_answers_questions_side_by_side(model: LanguageModel) -> None:
    async def scene() -> list[Completion]:
        return await asyncio.gather(model.complete(PROMPT), model.complete(SHAPED))

    assert [got.text for got in asyncio.run(scene())] == ["fine", "fine"]


def test_it_can_be_closed_unused_and_twice(model: LanguageModel) -> None:
    async def scene() -> None:
        await model.aclose()
        await model.aclose()

    asyncio.run(scene())


@pytest.mark.parametrize("step", [error(401, "no"), error(404, "no model"), error(500, "no"), answer("")])
def test_where_no_answer_comes_it_raises_an_error_that_names_the_model(
    served_model: LanguageModel, ground: Ground, step: Step
) -> None:
    ground.steps[:] = [step]
    with pytest.raises(LLMError, match=NAME):
        ask(served_model)


@pytest.mark.parametrize("step", [Hangs(), Drips()])
def test_its_wait_is_bounded(served_model: LanguageModel, ground: Ground, step: Step) -> None:
    ground.steps[:] = [step]
    started = time.monotonic()
    with pytest.raises(LLMError):
        ask(served_model)
    assert time.monotonic() - started < 10 * SECONDS


def test_a_cancelled_question_hangs_up_and_the_next_is_answered(served_model: LanguageModel, ground: Ground) -> None:
    ground.steps[:] = [Hangs(), answer("fine")]

    async def scene() -> Completion:
        asking = asyncio.ensure_future(served_model.complete(PROMPT))
        assert await asyncio.to_thread(ground.server.was_asked.wait, 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await asyncio.to_thread(ground.server.hung_up.wait, 10)
        return await served_model.complete(PROMPT)

    assert asyncio.run(scene()).text == "fine"
