"""Retry, forms, budget, record and replay: each a model around a model."""

import asyncio
import json
import random
import time
from pathlib import Path

import pytest
from tests.providers.build import KEY, PROMPT, SHAPED, ask, client
from tests.providers.scripted_server import Drips, HangsUp, Says, answer, error, says, scripted_server

from aitestgen.errors import (
    LLMBudgetUsedUp,
    LLMError,
    LLMFormRefused,
    LLMNotConfigured,
    LLMRateLimited,
    LLMRefused,
    LLMTooLong,
    LLMUnanswered,
    LLMUnreachable,
)
from aitestgen.providers.budget import TEMPLATE_TOKENS, Caps, Ledger, Metered, WithinBudget
from aitestgen.providers.forms import KnownForms, Structured
from aitestgen.providers.presets import Form
from aitestgen.providers.prices import Price
from aitestgen.providers.recording import Recording, Replaying, digest
from aitestgen.providers.redaction import redactor
from aitestgen.providers.retrying import Patience, Retrying
from aitestgen.seams import LanguageModel
from aitestgen.testing import ScriptedModel
from aitestgen.values import Completion, Prompt, Spend


class Slept:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def clock(self) -> float:
        return sum(self.pauses)


def retrying(model: LanguageModel, slept: Slept, patience: Patience | None = None) -> Retrying:
    return Retrying(model, patience or Patience(), sleep=slept.sleep, clock=slept.clock, chance=random.Random(3))


# retry


@pytest.mark.parametrize(
    "trouble",
    [LLMRateLimited("429"), LLMUnreachable("503"), LLMUnanswered("cut"), LLMRateLimited("429", retry_after=2)],
)
def test_passing_trouble_is_waited_out(trouble: LLMError) -> None:
    slept = Slept()
    assert ask(retrying(ScriptedModel(trouble, trouble, "fine"), slept)).text == "fine"
    assert len(slept.pauses) == 2


@pytest.mark.parametrize(
    "trouble",
    [
        LLMRefused("no key", reason="key"),
        LLMTooLong("long"),
        LLMNotConfigured("no"),
        LLMBudgetUsedUp("none left"),
        LLMUnanswered("50 MB", again=False),
    ],
)
def test_lasting_trouble_is_raised_at_once(trouble: LLMError) -> None:
    slept, model = Slept(), ScriptedModel(trouble, "fine")
    with pytest.raises(type(trouble)):
        ask(retrying(model, slept))
    assert (slept.pauses, len(model.prompts)) == ([], 1)


def test_pauses_double_and_vary_but_keep_to_what_the_server_says() -> None:
    slept = Slept()
    script = [LLMUnreachable("503")] * 3 + [LLMRateLimited("429", retry_after=30)]
    ask(retrying(ScriptedModel(*script, "fine"), slept, Patience(tries=5)))
    assert [longest / 2 <= pause <= longest for pause, longest in zip(slept.pauses, (1, 2, 4), strict=False)] == [
        True
    ] * 3
    assert 30 <= slept.pauses[3] <= 33


def test_tries_are_counted_and_the_last_trouble_is_raised() -> None:
    slept = Slept()
    model = ScriptedModel(*(LLMUnreachable(f"trouble {number}") for number in range(9)))
    with pytest.raises(LLMUnreachable, match="trouble 3"):
        ask(retrying(model, slept))
    assert len(model.prompts) == 4


def test_a_pause_that_would_not_end_in_time_is_not_begun() -> None:
    slept = Slept()
    with pytest.raises(LLMRateLimited, match="tomorrow") as raised:
        ask(retrying(ScriptedModel(LLMRateLimited("tomorrow", retry_after=86_400), "fine"), slept))
    assert (slept.pauses, raised.value.retry_after) == ([], 86_400)


def test_all_tries_together_end_in_time_and_say_what_came_before() -> None:
    started = time.monotonic()
    with scripted_server(error(503, "loading"), Drips()) as server:
        model = Retrying(client(server.url, timeout_seconds=30), Patience(seconds=1.5, first_pause_seconds=0.1))
        with pytest.raises(LLMUnanswered, match=r"within 1\.5 s .*before that: .*loading"):
            ask(model)
    assert time.monotonic() - started < 6


def test_a_server_that_recovers_is_asked_until_it_answers() -> None:
    slept = Slept()
    faults = (error(429, "slow", Retry_After="1"), Says(body=b"<html>"), HangsUp(), answer())
    with scripted_server(*faults) as server:
        assert ask(retrying(client(server.url), slept)).text == "fine"
        assert len(server.asked) == 4
    assert 1 <= slept.pauses[0] <= 1.1


# forms of structured answers


def structured(url: str, known: KnownForms) -> Structured:
    return Structured([client(url, form=form) for form in Form], known)


def test_a_refused_form_is_remembered() -> None:
    no_schema = says({"error": {"message": "Input should be 'text' or 'json_object'"}}, 500)
    with scripted_server(no_schema, answer("{}")) as server:
        known = KnownForms()
        for _ in range(2):
            assert ask(structured(server.url, known), SHAPED).text == "{}"
        formats = [asked.json["response_format"]["type"] for asked in server.asked]
    assert formats == ["json_schema", "json_object", "json_object"]


def test_a_server_that_knows_no_form_is_asked_in_words() -> None:
    with scripted_server(error(400, "no response_format here"), *[error(422, "no")] * 2, answer("{}")) as server:
        assert ask(structured(server.url, KnownForms()), SHAPED).text == "{}"
        assert ["response_format" in asked.json for asked in server.asked] == [True, True, True, False]


def test_a_prompt_without_a_schema_is_asked_once_and_plainly() -> None:
    with scripted_server(answer("x")) as server:
        ask(structured(server.url, KnownForms()))
        assert [sorted(asked.json) for asked in server.asked] == [
            ["max_tokens", "messages", "model", "stream", "temperature"]
        ]


def test_other_trouble_is_no_reason_for_a_looser_form() -> None:
    known = KnownForms()
    with scripted_server(error(401, "no")) as server, pytest.raises(LLMRefused):
        ask(structured(server.url, known), SHAPED)
    assert (len(server.asked), known.refused) == (1, 0)


# budget

DEAR = Price(1.0, 2.0)


def metered(model: LanguageModel, caps: Caps, price: Price | None = None) -> WithinBudget:
    ledger = Ledger(caps, price)
    return WithinBudget(Metered(model, ledger), ledger)


def an_answer(asked: int = 11, given: int = 7, usd: float = 0.0) -> Completion:
    spend = Spend(calls=1, input_tokens=asked, output_tokens=given, usd=usd)
    return Completion(text="fine", model="m", spend=spend, seconds=0.0)


def test_calls_are_capped_before_they_are_made() -> None:
    script = ScriptedModel("one", LLMUnreachable("503"), "three")
    model = metered(script, Caps(calls=2))
    assert ask(model).text == "one"
    with pytest.raises(LLMUnreachable):
        ask(model)
    with pytest.raises(LLMBudgetUsedUp, match="all 2 calls are used up"):
        ask(model)
    assert (len(script.prompts), model.spend.calls) == (2, 2)


def test_a_question_is_asked_only_if_its_longest_answer_fits() -> None:
    prompt = Prompt(system="", user="x" * 100, max_tokens=50)
    longest = 100 + TEMPLATE_TOKENS + 50
    script = ScriptedModel(an_answer(), an_answer(), an_answer())
    model = metered(script, Caps(tokens=longest + 18))
    ask(model, prompt)
    ask(model, prompt)
    with pytest.raises(LLMBudgetUsedUp, match=f"of {longest + 18} tokens {longest - 18} are left"):
        ask(model, prompt)
    assert (len(script.prompts), model.spend) == (2, Spend(calls=2, input_tokens=22, output_tokens=14))


def test_money_is_capped_by_the_price() -> None:
    prompt = Prompt(system="", user="", max_tokens=1000)
    most = (TEMPLATE_TOKENS * 1.0 + 1000 * 2.0) / 1e6
    model = metered(ScriptedModel(an_answer(usd=most / 2), an_answer()), Caps(usd=most * 1.25), DEAR)
    ask(model, prompt)
    with pytest.raises(LLMBudgetUsedUp, match="AITESTGEN_LLM_BUDGET_USD"):
        ask(model, prompt)
    assert model.spend.usd == pytest.approx(most / 2)


def test_an_answer_that_never_came_counts_as_the_longest_and_a_refused_question_as_a_call() -> None:
    prompt = Prompt(system="", user="é", max_tokens=10)
    model = metered(ScriptedModel(LLMUnanswered("cut"), LLMRefused("no")), Caps())
    with pytest.raises(LLMUnanswered):
        ask(model, prompt)
    assert model.spend == Spend(calls=1, input_tokens=2 + TEMPLATE_TOKENS, output_tokens=10)
    with pytest.raises(LLMRefused):
        ask(model, prompt)
    assert model.spend == Spend(calls=2, input_tokens=2 + TEMPLATE_TOKENS, output_tokens=10)


def test_questions_side_by_side_do_not_share_what_is_left() -> None:
    async def scene() -> list[object]:
        with scripted_server(answer()) as server:
            model = metered(client(server.url), Caps(calls=3))
            asked = (model.complete(PROMPT) for _ in range(10))
            return list(await asyncio.gather(*asked, return_exceptions=True))

    got = asyncio.run(scene())
    assert (sum(isinstance(one, Completion) for one in got), sum(isinstance(one, LLMBudgetUsedUp) for one in got)) == (
        3,
        7,
    )


def test_a_cap_of_nothing_sends_nothing() -> None:
    script = ScriptedModel("never")
    for caps in (Caps(calls=0), Caps(tokens=0), Caps(usd=0.0)):
        with pytest.raises(LLMBudgetUsedUp):
            ask(metered(script, caps, DEAR))
    assert script.prompts == []


# record and replay


def test_what_is_recorded_is_answered_again_without_a_server(tmp_path: Path) -> None:
    said = f"text with {KEY} and \u2028 \x00"
    with scripted_server(answer(said)) as server:
        recording = Recording(client(server.url), tmp_path, redactor(KEY))
        first = ask(recording)
    again = ask(Replaying(recording.name, tmp_path))
    assert again.text == first.text.replace(KEY, "[hidden]")
    assert (again.model, again.spend, again.seconds, again.cut) == (first.model, first.spend, first.seconds, first.cut)
    (file,) = tmp_path.iterdir()
    assert file.name == f"{digest(recording.name, PROMPT)}.json"
    assert KEY not in file.read_text()
    assert json.loads(file.read_text())["request"]["user"] == PROMPT.user


def test_every_part_of_a_question_makes_another_recording() -> None:
    prompts = [
        PROMPT,
        Prompt(system=PROMPT.user, user=PROMPT.system),
        SHAPED,
        *(Prompt(**{"system": PROMPT.system, "user": PROMPT.user, **more}) for more in _VARIED),
    ]
    digests = [digest(name, prompt) for name in ("a:b", "a:c") for prompt in prompts]
    assert len(set(digests)) == len(digests)
    assert digest("a:b", PROMPT) == digest("a:b", Prompt(system=PROMPT.system, user=PROMPT.user))


_VARIED: tuple[dict[str, object], ...] = ({"temperature": 0.1}, {"max_tokens": 5}, {"seed": 1}, {"seed": 0})


def test_a_question_that_was_not_recorded_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LLMRefused, match="AITESTGEN_LLM_RECORD"):
        ask(Replaying("groq:x", tmp_path))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"answer": {"text": "x"}}', '{"answer": {"text": 1, "spend": 5}}'])
def test_a_damaged_recording_is_told_as_such(tmp_path: Path, text: str) -> None:
    (tmp_path / f"{digest('groq:x', PROMPT)}.json").write_text(text)
    with pytest.raises(LLMUnanswered, match="damaged"):
        ask(Replaying("groq:x", tmp_path))


def test_errors_are_not_recorded(tmp_path: Path) -> None:
    with pytest.raises(LLMFormRefused):
        ask(Recording(ScriptedModel(LLMFormRefused("no")), tmp_path, redactor()))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LLMNotConfigured, match="AITESTGEN_LLM_RECORD"):
        ask(Recording(ScriptedModel("x"), tmp_path / "file" / "below", redactor()))
