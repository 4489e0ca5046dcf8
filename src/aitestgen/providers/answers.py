"""What a server answered, as a completion. The server is a stranger: each field is checked before it is believed."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aitestgen.errors import LLMError, LLMUnanswered
from aitestgen.providers.endpoints import Endpoint
from aitestgen.providers.exchange import Reply
from aitestgen.providers.prices import Price, cost, estimated_tokens
from aitestgen.providers.redaction import one_line
from aitestgen.providers.refusals import error_within, refusal
from aitestgen.values import Completion, Prompt, Spend

MOST_TOKENS = 100_000_000
MODEL_NAME = 200


def completion(reply: Reply, endpoint: Endpoint, price: Price | None, prompt: Prompt, *, formed: bool) -> Completion:
    """The answer in a reply; its `seconds` are 0. Raises LLMError for an error, and LLMUnanswered for no answer.

    Where the server does not tell how many tokens it took, they are estimated.
    """
    parsed = _parsed(reply)
    if reply.status != HTTPStatus.OK:
        return _rescued(parsed, endpoint, prompt, price) or _raise(refusal(reply, endpoint, formed=formed))
    if not isinstance(parsed, Mapping):
        raise LLMUnanswered(f"{endpoint.name} answers with what is not a JSON object: {_start(reply)}")
    if hidden := error_within(parsed):
        raise refusal(hidden, endpoint, formed=formed)
    choice = _choice(parsed, endpoint)
    text = _text(choice, endpoint)
    return Completion(
        text=text,
        model=_model(parsed, endpoint),
        spend=_spend(parsed.get("usage"), prompt, text, price),
        seconds=0.0,
        cut=choice.get("finish_reason") == "length",
    )


def _raise(error: LLMError) -> Completion:
    raise error


def _parsed(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def _rescued(parsed: Any, endpoint: Endpoint, prompt: Prompt, price: Price | None) -> Completion | None:
    """What the model wrote, where Groq refuses to hand it over because it is not the JSON that was asked for."""
    error = parsed.get("error") if isinstance(parsed, Mapping) else None
    if not isinstance(error, Mapping) or error.get("code") != "json_validate_failed":
        return None
    text = error.get("failed_generation")
    if not isinstance(text, str) or not text.strip():
        return None
    text = _encodable(text)
    return Completion(text=text, model=endpoint.model, spend=_spend(None, prompt, text, price), seconds=0.0)


def _choice(parsed: Mapping[str, Any], endpoint: Endpoint) -> Mapping[str, Any]:
    choices = parsed.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, Mapping) or not isinstance(first.get("message"), Mapping):
        keys = one_line(", ".join(map(str, parsed)))
        raise LLMUnanswered(f"{endpoint.name} answers with JSON that is no chat completion; its keys: {keys}")
    return first


def _text(choice: Mapping[str, Any], endpoint: Endpoint) -> str:
    """The words of the answer, encodable. Raises LLMUnanswered where there are none."""
    message = choice["message"]
    content = message.get("content")
    if isinstance(content, list):
        content = _joined(content)
    text = next((words for words in (content, message.get("refusal")) if isinstance(words, str) and words.strip()), "")
    if not text:
        why = "the token limit ended it before it began" if choice.get("finish_reason") == "length" else "it is empty"
        raise LLMUnanswered(f"{endpoint.name} gives no answer: {why}")
    return _encodable(text)


def _joined(parts: Sequence[Any]) -> str:
    texts = (part.get("text") for part in parts if isinstance(part, Mapping))
    return "".join(text for text in texts if isinstance(text, str))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _model(parsed: Mapping[str, Any], endpoint: Endpoint) -> str:
    said = parsed.get("model")
    return one_line(said)[:MODEL_NAME] if isinstance(said, str) and said else endpoint.model


def _spend(usage: Any, prompt: Prompt, text: str, price: Price | None) -> Spend:
    told = usage if isinstance(usage, Mapping) else {}
    asked = _count(told.get("prompt_tokens"))
    given = _count(told.get("completion_tokens"))
    asked = estimated_tokens(prompt.system + prompt.user) if asked is None else asked
    given = estimated_tokens(text) if given is None else given
    return Spend(calls=1, input_tokens=asked, output_tokens=given, usd=cost(price, asked, given))


def _count(number: Any) -> int | None:
    return number if type(number) is int and 0 <= number <= MOST_TOKENS else None


def _start(reply: Reply) -> str:
    return repr(one_line(reply.body[:80].decode("utf-8", "replace")))
