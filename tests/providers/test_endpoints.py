"""From a choice and the settings to an address: who is asked, with which key, and who never."""

from typing import Any

import pytest
from tests.providers.build import KEY

from aitestgen.errors import LLMNotConfigured
from aitestgen.providers.endpoints import Configured, endpoint, offered, ollama_address

GROQ = {"GROQ_API_KEY": KEY}
OWN = "http://10.0.0.5:9000/v1"


def at(choice: str, configured: dict[str, Any]) -> tuple[str, str, str] | None:
    """Name, address and key."""
    found = endpoint(choice, Configured(**configured))
    return found and (found.name, found.base_url, found.key)


@pytest.mark.parametrize(
    ("choice", "configured", "expected"),
    [
        ("none", {"keys": GROQ, "choice": "groq"}, None),
        ("auto", {}, None),
        ("auto", {"keys": {"OPENAI_API_KEY": "sk-x"}}, None),  # it may lie there for other programs
        ("auto", {"ollama_host": "127.0.0.1"}, None),
        ("auto", {"choice": "none", "keys": {}}, None),
        ("auto", {"keys": GROQ}, ("groq:llama-3.1-8b-instant", "https://api.groq.com/openai/v1", KEY)),
        ("auto", {"choice": "vllm:m", "keys": GROQ}, ("vllm:m", "http://127.0.0.1:8000/v1", "")),
        ("groq", {"keys": GROQ}, ("groq:llama-3.1-8b-instant", "https://api.groq.com/openai/v1", KEY)),
        ("groq:a/b:c", {"keys": GROQ}, ("groq:a/b:c", "https://api.groq.com/openai/v1", KEY)),
        ("ollama:qwen:7b", {}, ("ollama:qwen:7b", "http://127.0.0.1:11434/v1", "")),
        ("ollama:q", {"ollama_host": "http://box:80/"}, ("ollama:q", "http://box:80/v1", "")),
        ("custom:m", {"base_url": OWN, "api_key": "k"}, ("custom:m", OWN, "k")),
        ("vllm:m", {"base_url": OWN, "api_key": "k"}, ("vllm:m", OWN, "k")),
        ("llama.cpp:m", {}, ("llama.cpp:m", "http://127.0.0.1:8080/v1", "")),
        ("openai:m", {"choice": "openai:m", "base_url": OWN}, ("openai:m", OWN, "")),
        ("openai:m", {"choice": "openai", "base_url": OWN, "keys": {"OPENAI_API_KEY": "s"}}, ("openai:m", OWN, "s")),
    ],
)
def test_a_choice_leads_to_one_address(choice: str, configured: Any, expected: object) -> None:
    assert at(choice, configured) == expected


def test_no_vendors_key_goes_to_another_address() -> None:
    settings = {"base_url": OWN, "api_key": "own", "keys": GROQ}
    assert at("groq:m", settings) == ("groq:m", "https://api.groq.com/openai/v1", KEY)
    assert at("custom:m", {**settings, "api_key": ""}) == ("custom:m", OWN, "")


@pytest.mark.parametrize(
    ("choice", "configured", "words"),
    [
        ("groq:m", {}, "no provider is configured, there is no key. Set GROQ_API_KEY"),
        ("openai:m", {"api_key": "k"}, "Set OPENAI_API_KEY"),
        ("openai", {"keys": {"OPENAI_API_KEY": "k"}}, "name one, `openai:MODEL`"),
        ("custom:m", {}, "set AITESTGEN_LLM_BASE_URL"),
        ("grok:m", {}, "there is no provider 'grok' (did you mean groq?)"),
        ("http://169.254.169.254/:m", {}, "there is no provider 'http'"),
        ("", {}, "there is no provider ''"),
        ("ollama:a b", {}, "holds blanks or odd signs"),
        ("ollama:" + "x" * 201, {}, "too long"),
        ("groq:m", {"keys": {"GROQ_API_KEY": "two words"}}, "the key in GROQ_API_KEY holds blanks"),
        ("groq:m", {"keys": {"GROQ_API_KEY": "line\nbreak"}}, "the key in GROQ_API_KEY holds blanks"),
    ],
)
def test_what_is_not_available_names_the_fix(choice: str, configured: Any, words: str) -> None:
    with pytest.raises(LLMNotConfigured) as raised:
        at(choice, configured)
    assert words in str(raised.value)
    assert "two words" not in str(raised.value)


@pytest.mark.parametrize(
    ("choice", "configured"),
    [
        ("groq:m", {}),
        ("ollama:m", {}),
        ("vllm:m", {}),
        ("llama.cpp:m", {}),
        ("custom:m", {}),
        ("openai:m", {"keys": GROQ}),
        ("vllm:m", {"choice": "ollama:q", "keys": GROQ}),
        ("groq:m", {"choice": "none", "keys": GROQ}),
    ],
)
def test_a_caller_opens_no_connection_that_the_operator_did_not_mean(choice: str, configured: Any) -> None:
    with pytest.raises(LLMNotConfigured, match="no provider is configured"):
        offered(choice, Configured(**configured))


@pytest.mark.parametrize(
    ("choice", "configured", "expected"),
    [
        ("auto", {"keys": GROQ}, "auto"),
        ("none", {"keys": GROQ}, "none"),
        ("auto", {"choice": "none", "keys": GROQ}, "none"),
        ("groq:other", {"keys": GROQ}, "groq:other"),
        ("vllm:m", {"choice": "vllm:n"}, "vllm:m"),
        ("vllm:m", {"base_url": OWN}, "vllm:m"),
        ("ollama:m", {"ollama_host": "box"}, "ollama:m"),
    ],
)
def test_a_caller_may_name_what_the_operator_configured(choice: str, configured: Any, expected: str) -> None:
    assert offered(choice, Configured(**configured)) == expected


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("box", "http://box:11434/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),  # noqa: S104 # read, not bound
        ("0.0.0.0:5000", "http://127.0.0.1:5000/v1"),
        (":5000", "http://127.0.0.1:5000/v1"),
        ("[::1]:5000", "http://[::1]:5000/v1"),
        ("https://ollama.example", "https://ollama.example:443/v1"),
        ("https://ollama.example/sub/", "https://ollama.example:443/sub/v1"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(host: str, address: str) -> None:
    assert ollama_address(host) == address


@pytest.mark.parametrize("host", ["ftp://box", "box:port", "a:b@box", "two words", "box:99999"])
def test_an_ollama_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(LLMNotConfigured, match="OLLAMA_HOST"):
        ollama_address(host)


def test_what_names_shared_limits_tells_no_secret() -> None:
    found = endpoint("groq:m", Configured(keys=GROQ))
    other = endpoint("groq:n", Configured(keys=GROQ))
    assert found is not None
    assert other is not None
    assert (found.server, found.account != other.account) == (other.server, True)
    assert KEY not in f"{found!r}{found.account}{found.server}{Configured(keys=GROQ, api_key=KEY)!r}"
