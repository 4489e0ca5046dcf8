"""The client against a real server: what it sends, and what each misbehaviour of a server becomes."""

import asyncio
import gzip
import json
import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tests.providers.build import KEY, PROMPT, SCHEMA, SHAPED, ask, client, endpoint
from tests.providers.scripted_server import (
    Drips,
    Floods,
    Hangs,
    HangsUp,
    Says,
    Step,
    answer,
    error,
    says,
    scripted_server,
)

from aitestgen.errors import (
    LLMError,
    LLMFormRefused,
    LLMNotConfigured,
    LLMRateLimited,
    LLMRefused,
    LLMTooLong,
    LLMUnanswered,
    LLMUnreachable,
)
from aitestgen.logs import TALKATIVE
from aitestgen.providers.client import ChatClient
from aitestgen.providers.exchange import ANSWER_BYTES
from aitestgen.providers.presets import Form
from aitestgen.providers.prices import Price
from aitestgen.values import Prompt, Spend

MIB = 1024 * 1024


def failure(step: Step, *, seconds: float = 5.0, prompt: Prompt = PROMPT, form: Form = Form.PLAIN) -> LLMError:
    """The error that the client makes of a server's step."""
    with scripted_server(step) as server, pytest.raises(LLMError) as raised:
        ask(client(server.url, timeout_seconds=seconds, form=form), prompt)
    assert KEY not in str(raised.value)
    return raised.value


def test_an_answer_has_its_text_its_model_and_its_cost() -> None:
    with scripted_server(answer("def test_a(): pass")) as server:
        got = ask(client(server.url, price=Price(1.0, 10.0)))
    assert (got.text, got.model, got.cut) == ("def test_a(): pass", "scripted-1", False)
    assert got.spend == Spend(calls=1, input_tokens=11, output_tokens=7, usd=pytest.approx(81e-6))
    assert 0 < got.seconds < 5


def test_a_question_is_sent_as_providers_document_it() -> None:
    prompt = Prompt(system="S", user="é\ud800", temperature=0.25, max_tokens=33, seed=7)
    with scripted_server(answer()) as server:
        ask(client(server.url), prompt)
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.json == {
        "model": "llama-3.1-8b-instant",
        "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "é?"}],
        "temperature": 0.25,
        "max_tokens": 33,
        "seed": 7,
        "stream": False,
    }


def test_openai_gets_its_own_name_of_the_token_limit_and_a_keyless_server_no_key() -> None:
    with scripted_server(answer()) as server:
        ask(ChatClient(endpoint(server.url, "openai", "gpt-x")), PROMPT)
        ask(ChatClient(endpoint(server.url, "ollama", "qwen:7b", key="")), PROMPT)
    first, second = server.asked
    assert (first.json["max_completion_tokens"], "max_tokens" in first.json) == (1024, False)
    assert ("authorization" in second.headers, second.json["model"]) == (False, "qwen:7b")


@pytest.mark.parametrize(
    ("form", "wanted", "in_words"),
    [
        (Form.JSON_SCHEMA, {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}, False),
        (Form.JSON_OBJECT_SCHEMA, {"type": "json_object", "schema": SCHEMA}, False),
        (Form.JSON_OBJECT, {"type": "json_object"}, True),
        (Form.PLAIN, None, True),
    ],
)
def test_a_schema_is_sent_in_the_form_or_else_in_words(form: Form, wanted: object, in_words: bool) -> None:
    with scripted_server(answer("{}")) as server:
        ask(client(server.url, form=form), SHAPED)
    sent = server.asked[0].json
    assert sent.get("response_format") == wanted
    assert (json.dumps(SCHEMA) in sent["messages"][0]["content"]) is in_words
    assert ("JSON" in sent["messages"][0]["content"]) is in_words


def test_a_cut_answer_says_so_and_missing_counts_are_estimated() -> None:
    choice = {"message": {"content": "abcdef"}, "finish_reason": "length"}
    with scripted_server(answer(choices=[choice], usage={"prompt_tokens": -1, "completion_tokens": "9"})) as server:
        got = ask(client(server.url))
    assert (got.cut, got.spend) == (True, Spend(calls=1, input_tokens=6, output_tokens=2))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]}, "ab"),
        ({"content": None, "refusal": "I cannot."}, "I cannot."),
        ({"content": "lone \ud800"}, "lone ?"),
    ],
)
def test_odd_contents_become_text_that_can_be_written(message: object, text: str) -> None:
    with scripted_server(answer(choices=[{"message": message}])) as server:
        assert ask(client(server.url)).text == text


def test_what_groq_holds_back_as_invalid_json_is_the_answer_all_the_same() -> None:
    held = {"error": {"message": "Failed", "code": "json_validate_failed", "failed_generation": '{"cases": ["a"'}}
    with scripted_server(says(held, 400)) as server:
        assert ask(client(server.url, form=Form.JSON_OBJECT), SHAPED).text == '{"cases": ["a"'


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Says(body=b"<html>Bad gateway</html>"), "not a JSON object"),
        (Says(body=b""), "not a JSON object"),
        (Says(body=b'{"choices": [' + b"[" * 200_000), "not a JSON object"),
        (Says(body=b'{"n": ' + b"9" * 100_000 + b"}"), "not a JSON object"),
        (Says(body=b"\xff\xfe\x00"), "not a JSON object"),
        (says([]), "not a JSON object"),
        (says({"choices": []}), "no chat completion; its keys: choices"),
        (says({"choices": [{"text": "old"}]}), "no chat completion"),
        (says({"ok": True}), "its keys: ok"),
        (answer(""), "it is empty"),
        (answer(choices=[{"message": {"content": ""}, "finish_reason": "length"}]), "before it began"),
        (Says(body=b"{}", promised=50), "cut"),
        (HangsUp(), "cut"),
    ],
)
def test_no_usable_answer_is_told_as_that_and_may_be_tried_again(step: Step, words: str) -> None:
    trouble = failure(step)
    assert isinstance(trouble, LLMUnanswered)
    assert (words in str(trouble), trouble.again) == (True, True)


@pytest.mark.parametrize("step", [Hangs(), Drips()])
def test_an_answer_that_does_not_end_is_given_up_in_time(step: Step) -> None:
    started = time.monotonic()
    trouble = failure(step, seconds=0.4)
    assert time.monotonic() - started < 3
    assert isinstance(trouble, LLMUnanswered)
    assert ("within 0.4 s" in str(trouble), trouble.again) == (True, False)


def test_fifty_megabytes_are_not_read() -> None:
    with scripted_server(Floods(50 * MIB)) as server:
        with pytest.raises(LLMUnanswered, match=f"larger than {ANSWER_BYTES} bytes"):
            ask(client(server.url, timeout_seconds=30))
        assert server.hung_up.wait(10)


def test_a_compressed_answer_is_not_unpacked() -> None:
    bomb = Says(body=gzip.compress(b" " * 20 * MIB), headers={"Content-Encoding": "gzip"})
    assert "compressed" in str(failure(bomb))


@pytest.mark.parametrize(
    ("step", "reason", "words"),
    [
        (error(401, "Invalid API Key", "invalid_api_key"), "key", "does not accept the key in GROQ_API_KEY"),
        (error(403, "Forbidden"), "key", "GROQ_API_KEY"),
        (error(404, "The model `x` does not exist", "model_not_found"), "model", "Name a model"),
        (error(400, "model x has been decommissioned", "model_decommissioned"), "model", "Name a model"),
        (says({"error": 'model "x" not found, try pulling it first'}, 404), "model", "Name a model"),
        (says({"detail": "Not Found"}, 404), "address", "usually ends in /v1"),
        (error(402, "Payment required"), "quota", "nothing left"),
        (error(429, "You exceeded your current quota", "insufficient_quota"), "quota", "nothing left"),
        (error(400, "seed: no"), "request", "answers 400: error seed: no"),
        (Says(status=307, headers={"Location": "http://169.254.169.254/"}), "address", "not followed"),
        (says({"error": {"code": 402, "message": "Insufficient credits"}}), "quota", "answers 402"),
    ],
)
def test_a_refusal_names_what_is_wrong_and_what_helps(step: Step, reason: str, words: str) -> None:
    trouble = failure(step)
    assert isinstance(trouble, LLMRefused)
    assert trouble.reason == reason
    assert words in str(trouble)


def test_a_redirect_is_not_followed() -> None:
    with scripted_server(answer()) as elsewhere:
        failure(Says(status=308, headers={"Location": f"{elsewhere.url}/chat/completions"}))
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "step",
    [
        error(400, "This model's maximum context length is 8192 tokens", "context_length_exceeded"),
        error(413, "Request too large for model `x` on tokens per minute (TPM)", "rate_limit_exceeded"),
    ],
)
def test_a_prompt_that_is_too_long_is_an_error_of_its_own(step: Step) -> None:
    assert isinstance(failure(step), LLMTooLong)


@pytest.mark.parametrize(
    "step",
    [
        error(400, "This model does not support response format `json_schema`"),
        says({"error": {"message": "[{'msg': \"Input should be 'text' or 'json_object'\"}]", "code": None}}, 500),
        says({"detail": "Bad Request"}, 400),
        says({"detail": "no"}, 422),
    ],
)
def test_a_refused_form_is_an_error_of_its_own_and_only_where_a_form_was_sent(step: Step) -> None:
    assert isinstance(failure(step, prompt=SHAPED, form=Form.JSON_SCHEMA), LLMFormRefused)
    assert not isinstance(failure(step, prompt=PROMPT, form=Form.JSON_SCHEMA), LLMFormRefused)


def test_a_wrong_key_is_no_refused_form() -> None:
    trouble = failure(error(401, "no"), prompt=SHAPED, form=Form.JSON_SCHEMA)
    assert not isinstance(trouble, LLMFormRefused)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("1.2", 2), ("-5", 0), ("0", 0), ("soon", None), ("", None), ("nan", None), ("1e300", 604_800)],
)
def test_too_many_requests_carry_the_servers_own_wait(header: str, seconds: int | None) -> None:
    trouble = failure(error(429, "Rate limit reached", "rate_limit_exceeded", Retry_After=header))
    assert isinstance(trouble, LLMRateLimited)
    assert trouble.retry_after == seconds


def test_a_date_to_retry_after_counts_from_the_servers_own_clock() -> None:
    now = datetime.now(UTC) - timedelta(hours=5)
    then = now + timedelta(seconds=90)
    dates = {"Date": format_datetime(now, usegmt=True), "Retry_After": format_datetime(then, usegmt=True)}
    trouble = failure(error(429, "slow down", **dates))
    assert isinstance(trouble, LLMRateLimited)
    assert trouble.retry_after == 90


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_a_failing_server_is_told_with_its_words(status: int) -> None:
    trouble = failure(says({"error": "the model\nis loading\x07"}, status, Retry_After="3"))
    assert isinstance(trouble, LLMUnreachable)
    assert (f"answers {status}: the model is loading" in str(trouble), trouble.retry_after) == (True, 3)


GROQS_OWN_WORDS = (
    "Rate limit reached for model `llama-3.1-8b-instant` in organization `org_1` service tier `on_demand` on tokens "
    "per minute (TPM): Limit 6000, Used 5800, Requested 900. Please try again in 7s. Need more tokens? Upgrade to Dev "
    "Tier today at https://console.groq.com/settings/billing"
)


@pytest.mark.parametrize(
    "words",
    [GROQS_OWN_WORDS, "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 requests per day"],
)
def test_a_rate_limit_that_advertises_a_plan_is_no_empty_account(words: str) -> None:
    trouble = failure(error(429, words, "rate_limit_exceeded", Retry_After="7"))
    assert isinstance(trouble, LLMRateLimited)
    assert trouble.retry_after == 7


def test_a_server_that_takes_no_temperature_is_asked_without_one_from_then_on() -> None:
    no = error(400, "Unsupported value: 'temperature' does not support 0.0 with this model.", "unsupported_value")
    with scripted_server(no, answer(), no) as server:
        model = client(server.url)
        with pytest.raises(LLMUnreachable, match="without a temperature now") as raised:
            ask(model)
        assert (ask(model).text, raised.value.retry_after) == ("fine", 0)
        with pytest.raises(LLMRefused):
            ask(model)
        assert ["temperature" in asked.json for asked in server.asked] == [True, False, False]


def test_a_proxy_that_cannot_be_read_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://me:hush@proxy")
    with pytest.raises(LLMNotConfigured, match="HTTPS_PROXY") as raised:
        ask(client("https://api.groq.example/v1"))
    assert "hush" not in str(raised.value)


def test_no_route_is_told_with_the_address() -> None:
    with pytest.raises(LLMUnreachable, match=r"no connection to 127\.0\.0\.1:9:"):
        ask(client("http://127.0.0.1:9/v1"))


def test_a_cancelled_question_hangs_up() -> None:
    async def scene(url: str) -> None:
        asking = asyncio.ensure_future(client(url).complete(PROMPT))
        assert await asyncio.to_thread(server.was_asked.wait, 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    with scripted_server(Hangs()) as server:
        asyncio.run(scene(server.url))
        assert server.hung_up.wait(10)


def test_the_key_is_in_no_error_log_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in TALKATIVE:  # quiet since the first server of this process was configured
        caplog.set_level(logging.DEBUG, logger=name)
    echo = error(401, f"Incorrect API key provided: {KEY}, or sk-ab***********wxyz, Bearer {KEY}")
    with scripted_server(echo) as server, pytest.raises(LLMRefused) as raised:
        ask(client(server.url))
    shown = "\n".join([str(raised.value), repr(endpoint(server.url)), repr(vars(client(server.url)))])
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "httpx" in logged  # the client's own library logs at this level: the test sees what it would leak
    for text in (shown, logged):
        assert KEY not in text
    assert ("[hidden]" in shown, "wxyz" in shown) == (True, False)
