"""From a choice (`auto`, `none`, `provider:model`) and the operator's settings to the place where a model is asked.

Only the settings hold addresses and keys; a choice names a provider and a model, and nothing else.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from urllib.parse import urlsplit

from aitestgen.errors import LLMNotConfigured, NoSuchProvider
from aitestgen.providers.presets import PRESETS, Preset

OLLAMA_PORT = 11434
SENDABLE = re.compile(r"[!-~]+")
MODEL = re.compile(r"[!-~]{1,200}")
FREE_WORDS = ("auto", "none")
AUTO = "groq"
"""The provider that `auto` takes where its key is set. Keys of others may lie there for other programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What the operator has set. `keys` are by the name of their variable; no secret is in the repr."""

    choice: str = "auto"
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    ollama_host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model and where it is asked. `key_name` is the variable that the key is from; the key is in no repr."""

    preset: Preset
    model: str
    base_url: str
    key: str = field(default="", repr=False)
    key_name: str = ""

    @property
    def name(self) -> str:
        """Provider and model."""
        return f"{self.preset.name}:{self.model}"

    @property
    def host(self) -> str:
        """Whose machine it is, with its port where that is not the usual one; never a user's name or a password."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def account(self) -> str:
        """The same for all who share the provider's limits: one address, key and model. It tells none of them."""
        return _digest(self.base_url, self.key, self.model)

    @property
    def server(self) -> str:
        """The same for all models of one address and key. It tells neither."""
        return _digest(self.base_url, self.key)


def _digest(*facts: str) -> str:
    return hashlib.sha256("\0".join(facts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def chosen_name(choice: str, configured: Configured) -> str | None:
    """Provider and model of the choice, as Endpoint.name; None as in `endpoint`. No key is needed to know it."""
    wanted = _resolved(choice, configured)
    if wanted == "none":
        return None
    preset, model = _parsed(wanted)
    return f"{preset.name}:{model}"


def endpoint(choice: str, configured: Configured) -> Endpoint | None:
    """Where the choice is asked; None for `none`, and for `auto` where no model is configured.

    Raises LLMNotConfigured, which names the fix.
    """
    wanted = _resolved(choice, configured)
    if wanted == "none":
        return None
    preset, model = _parsed(wanted)
    key, key_name = _key(preset, configured)
    return Endpoint(
        preset=preset, model=model, base_url=_address(preset, configured), key=key, key_name=key_name or preset.key_name
    )


def offered(choice: str, configured: Configured) -> str:
    """The choice of a caller who is not the operator, as far as it may be his.

    Where the operator has said `none`, `auto` is `none`. Raises LLMNotConfigured for a provider that the operator has
    not configured: a caller's words shall open no connection that the operator did not mean.
    """
    if configured.choice == "none" and choice in FREE_WORDS:
        return "none"
    if choice in FREE_WORDS:
        return choice
    preset, _ = _parsed(choice)
    if configured.choice == "none" or not _is_configured(preset, configured):
        raise LLMNotConfigured(
            f"the language model {choice!r} is not available: no provider is configured for it on this server. "
            "Use `none` (or `auto`): the embedded engine needs no model."
        )
    return choice


def _resolved(choice: str, configured: Configured) -> str:
    """What `auto` stands for: the operator's own choice, else the usual provider where it has a key, else `none`."""
    if choice != "auto":
        return choice
    if configured.choice not in FREE_WORDS:
        return configured.choice
    return AUTO if configured.keys.get(PRESETS[AUTO].key_name) else "none"


def _parsed(choice: str) -> tuple[Preset, str]:
    provider, _, model = choice.partition(":")
    preset = PRESETS.get(provider)
    if preset is None:
        near = get_close_matches(provider, PRESETS, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise NoSuchProvider(f"there is no provider {provider[:40]!r}{hint}: choose one of {', '.join(PRESETS)}")
    model = model or preset.default_model
    if not model:
        raise LLMNotConfigured(f"{provider} has no usual model: name one, `{provider}:MODEL`")
    if not MODEL.fullmatch(model):
        raise LLMNotConfigured(f"the name of the model of {provider} holds blanks or odd signs, or is too long")
    return preset, model


def _owns_the_address(preset: Preset, configured: Configured) -> bool:
    """Whether AITESTGEN_LLM_BASE_URL and AITESTGEN_LLM_API_KEY are this provider's.

    They are those of a server of one's own, and of the provider that AITESTGEN_LLM names: no vendor's key goes to
    another vendor's address.
    """
    return configured.choice.partition(":")[0] == preset.name or preset.name in ("custom", "vllm", "llama.cpp")


def _address(preset: Preset, configured: Configured) -> str:
    if configured.base_url and _owns_the_address(preset, configured):
        return configured.base_url
    if preset.name == "ollama" and configured.ollama_host:
        return ollama_address(configured.ollama_host)
    if not preset.base_url:
        raise LLMNotConfigured(
            f"where {preset.name} is to be asked is not known: set AITESTGEN_LLM_BASE_URL, such as http://HOST:PORT/v1"
        )
    return preset.base_url


def _key(preset: Preset, configured: Configured) -> tuple[str, str]:
    """The key and the name of its variable. Raises LLMNotConfigured where one is needed."""
    own = configured.api_key if _owns_the_address(preset, configured) else ""
    key, name = (own, "AITESTGEN_LLM_API_KEY") if own else (configured.keys.get(preset.key_name, ""), preset.key_name)
    moved = bool(configured.base_url) and _owns_the_address(preset, configured)
    if preset.is_hosted and not key and not moved:
        raise LLMNotConfigured(
            f"the language model of {preset.name} is not available: no provider is configured, there is no key. "
            f"Set {preset.key_name} (or {preset.key_name}_FILE), or use `none`: the embedded engine needs no model."
        )
    if key and not SENDABLE.fullmatch(key):
        raise LLMNotConfigured(f"the key in {name} holds blanks or signs that no header can carry: copy it anew")
    return key, name if key else ""


def _is_configured(preset: Preset, configured: Configured) -> bool:
    if configured.choice.partition(":")[0] == preset.name:
        return True
    if preset.is_hosted:
        return bool(configured.keys.get(preset.key_name))
    return bool(configured.ollama_host if preset.name == "ollama" else configured.base_url)


def ollama_address(host: str) -> str:
    """The API's address from OLLAMA_HOST as Ollama reads it: host, port or scheme may be missing, 0.0.0.0 is this host.

    Raises LLMNotConfigured.
    """
    written = host if "://" in host else f"http://{host}"
    try:
        parts = urlsplit(written)
        port = parts.port or (OLLAMA_PORT if "://" not in host else {"http": 80, "https": 443}.get(parts.scheme))
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or port is None or "@" in parts.netloc or not SENDABLE.fullmatch(written):
        raise LLMNotConfigured("OLLAMA_HOST cannot be read: write HOST:PORT, or http://HOST:PORT")
    name = parts.hostname or "127.0.0.1"
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104 # a server's "everywhere", not bound here
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{port}{parts.path.rstrip('/')}/v1"
