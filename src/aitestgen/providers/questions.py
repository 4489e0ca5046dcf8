"""A prompt as the body of a chat completion, in each of the forms that servers take."""

import json
from typing import Any

from aitestgen.providers.endpoints import Endpoint
from aitestgen.providers.presets import Form
from aitestgen.values import Prompt

ANSWER = "answer"


def body(prompt: Prompt, endpoint: Endpoint, form: Form, *, tempered: bool = True) -> bytes:
    """The request as JSON in UTF-8. What cannot be encoded becomes a question mark."""
    fields: dict[str, Any] = {
        "model": endpoint.model,
        "messages": _messages(prompt, form),
        endpoint.preset.tokens_field: prompt.max_tokens,
        "stream": False,
    }
    if tempered:
        fields["temperature"] = prompt.temperature
    if prompt.seed is not None:
        fields["seed"] = prompt.seed
    if wanted := _response_format(prompt, form):
        fields["response_format"] = wanted
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")


def _messages(prompt: Prompt, form: Form) -> list[dict[str, str]]:
    system = prompt.system
    if prompt.schema is not None and form in (Form.JSON_OBJECT, Form.PLAIN):
        system = (
            f"{system}\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n{schema_text(prompt)}"
        )
    messages = [{"role": "system", "content": system.strip()}] if system.strip() else []
    return [*messages, {"role": "user", "content": prompt.user}]


def _response_format(prompt: Prompt, form: Form) -> dict[str, Any] | None:
    if prompt.schema is None or form is Form.PLAIN:
        return None
    if form is Form.JSON_SCHEMA:
        return {"type": "json_schema", "json_schema": {"name": ANSWER, "schema": dict(prompt.schema)}}
    if form is Form.JSON_OBJECT_SCHEMA:
        return {"type": "json_object", "schema": dict(prompt.schema)}
    return {"type": "json_object"}


def schema_text(prompt: Prompt) -> str:
    """The schema as it is sent; empty without one."""
    return "" if prompt.schema is None else json.dumps(dict(prompt.schema), ensure_ascii=False)
