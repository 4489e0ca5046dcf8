"""Parts of a provider, put together as tests want them."""

import asyncio
from typing import Any

from aitestgen.providers.client import ChatClient
from aitestgen.providers.endpoints import Endpoint
from aitestgen.providers.presets import PRESETS
from aitestgen.seams import LanguageModel
from aitestgen.values import Completion, Prompt

KEY = "gsk_very-secret-0123456789abcdef"
PROMPT = Prompt(system="Be brief.", user="Say fine.")
SCHEMA = {"type": "object", "properties": {"cases": {"type": "array", "items": {"type": "string"}}}}
SHAPED = Prompt(system="Be brief.", user="Say fine.", schema=SCHEMA)


def endpoint(url: str, provider: str = "groq", model: str = "llama-3.1-8b-instant", key: str = KEY) -> Endpoint:
    preset = PRESETS[provider]
    return Endpoint(preset=preset, model=model, base_url=url, key=key, key_name=preset.key_name)


def client(url: str, **more: Any) -> ChatClient:
    return ChatClient(endpoint(url), **{"timeout_seconds": 5.0, **more})


def ask(model: LanguageModel, prompt: Prompt = PROMPT) -> Completion:
    return asyncio.run(model.complete(prompt))
