"""The providers that are known by name. Limits and addresses are as their documentation had them in November 2026."""

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a server is asked for JSON of a schema, the strictest first. Without a schema every form is `plain`."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT_SCHEMA = "json_object with a schema"
    JSON_OBJECT = "json_object"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One provider. `base_url` is empty where it has no usual address, `key_name` where it needs no key.

    `at_a_time` is how many requests it answers side by side without harm. `tokens_field` is its name for the most
    tokens of an answer.
    """

    name: str
    base_url: str
    key_name: str = ""
    default_model: str = ""
    requests_per_minute: int | None = None
    at_a_time: int = 4
    forms: tuple[Form, ...] = tuple(Form)
    tokens_field: str = "max_tokens"

    @property
    def is_hosted(self) -> bool:
        """Whether it is somebody else's service, with accounts and keys."""
        return bool(self.key_name)


HOSTED_FORMS = (Form.JSON_SCHEMA, Form.JSON_OBJECT, Form.PLAIN)
"""A `schema` within json_object is llama.cpp's own."""

_ALL = (
    Preset(
        name="groq",
        base_url="https://api.groq.com/openai/v1",
        key_name="GROQ_API_KEY",
        default_model="llama-3.1-8b-instant",
        requests_per_minute=30,
        forms=HOSTED_FORMS,
    ),
    Preset(
        name="openai",
        base_url="https://api.openai.com/v1",
        key_name="OPENAI_API_KEY",
        forms=HOSTED_FORMS,
        tokens_field="max_completion_tokens",
    ),
    Preset(
        name="openrouter",
        base_url="https://openrouter.ai/api/v1",
        key_name="OPENROUTER_API_KEY",
        forms=HOSTED_FORMS,
    ),
    Preset(name="ollama", base_url="http://127.0.0.1:11434/v1", at_a_time=1),
    Preset(name="vllm", base_url="http://127.0.0.1:8000/v1"),
    Preset(name="llama.cpp", base_url="http://127.0.0.1:8080/v1", at_a_time=1),
    Preset(name="custom", base_url=""),
)

PRESETS = {preset.name: preset for preset in _ALL}
