"""`aitestgen doctor` asks the language model once, and names what is wrong with it."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.providers.build import KEY
from tests.providers.scripted_server import Hangs, Step, answer, error, scripted_server

from aitestgen.cli.doctor import try_model
from aitestgen.settings import Settings


def settings_for(settings: Settings, folder: Path, url: str) -> Settings:
    fields = {"groq_api_key": SecretStr(KEY), "llm": "groq", "llm_base_url": url, "state_folder": folder}
    return settings.model_copy(update={**fields, "llm_patience_seconds": 2.0})


def test_without_a_provider_nothing_is_missing(settings: Settings) -> None:
    check = try_model(settings, "auto")
    assert (check.ok, check.what) == (True, "none is configured, and nothing is sent: the search needs none")


def test_a_model_that_answers_is_shown_with_its_time_and_cost(settings: Settings, tmp_path: Path) -> None:
    with scripted_server(answer("ready")) as server:
        check = try_model(settings_for(settings, tmp_path, server.url), "auto")
        assert len(server.asked) == 1
    assert check.ok
    told = (
        r"groq:llama-3.1-8b-instant answers in \d+\.\d s: 11 tokens in, 7 out, counted as \$0 \(AITESTGEN_LLM_PRICES\)"
    )
    assert re.fullmatch(told, check.what)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (error(401, f"Invalid API Key {KEY}"), "does not accept the key in GROQ_API_KEY"),
        (error(404, "The model does not exist", "model_not_found"), "Name a model that it has"),
        (error(429, "You exceeded your current quota", "insufficient_quota"), "has nothing left"),
        (error(429, "slow down", Retry_After="99"), "answers 429"),
        (error(404, "Not Found"), "There is no chat API at http://127.0.0.1"),
        (Hangs(), "no answer within 2 s"),
    ],
)
def test_what_is_wrong_with_a_model_is_named(settings: Settings, tmp_path: Path, step: Step, words: str) -> None:
    with scripted_server(step) as server:
        check = try_model(settings_for(settings, tmp_path, server.url), "auto")
    assert not check.ok
    assert words in check.what
    assert KEY not in check.what


def test_no_key_and_no_route_are_named(settings: Settings, tmp_path: Path) -> None:
    assert "Set GROQ_API_KEY" in try_model(settings, "groq:x").what
    assert (
        "no connection to 127.0.0.1:9"
        in try_model(settings_for(settings, tmp_path, "http://127.0.0.1:9/v1"), "groq").what
    )
