"""Language models: which one may be asked, and within which limits."""

from typing import TYPE_CHECKING

from aitestgen.errors import LLMNotConfigured
from aitestgen.seams import LanguageModel
from aitestgen.settings import Settings
from aitestgen.wiring.stores import state_folder

if TYPE_CHECKING:
    from aitestgen.providers.endpoints import Configured, Endpoint
    from aitestgen.providers.prices import Price


def model(settings: Settings, choice: str) -> LanguageModel | None:
    """The language model that is chosen; None for `none`, and for `auto` where none is configured.

    What may be spent is counted from here: one model serves one command, or one request over HTTP. Nothing is
    connected before the first question. Raises LLMNotConfigured, which names the fix.
    """
    from aitestgen.providers.endpoints import chosen_name, endpoint

    configured = _configured(settings)
    if settings.llm_replay and (name := chosen_name(choice, configured)):
        from aitestgen.providers.recording import Replaying

        return Replaying(name, settings.llm_replay)
    chosen = endpoint(choice, configured)
    return _recorded(settings, chosen, _asking(settings, chosen)) if chosen else None


def model_host(settings: Settings, choice: str) -> str:
    """Where the model that is chosen is asked; empty where nothing leaves, as answers are replayed or none is asked."""
    from aitestgen.providers.endpoints import endpoint

    chosen = None if settings.llm_replay else endpoint(choice, _configured(settings))
    return chosen.host if chosen else ""


def offered_model(settings: Settings, choice: str) -> LanguageModel | None:
    """The language model that a caller over HTTP chose: of a provider that the operator has configured, or an error."""
    from aitestgen.providers.endpoints import offered

    return model(settings, offered(choice, _configured(settings)))


def _configured(settings: Settings) -> "Configured":
    from aitestgen.providers.endpoints import Configured

    return Configured(
        choice=settings.llm,
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key.get_secret_value() if settings.llm_api_key else "",
        keys={name: key.get_secret_value() for name, key in settings.provider_keys.items()},
        ollama_host=settings.ollama_host,
    )


def _asking(settings: Settings, chosen: "Endpoint") -> LanguageModel:
    """The client within its wrappers: every request takes a place, then a turn, and is entered in the ledger."""
    from aitestgen.providers.budget import Caps, Ledger, Metered, WithinBudget
    from aitestgen.providers.client import ChatClient
    from aitestgen.providers.forms import Structured, known_forms
    from aitestgen.providers.retrying import Patience, Retrying
    from aitestgen.providers.traced import Traced

    price = _price(settings, chosen)
    ledger = Ledger(
        Caps(calls=settings.llm_max_calls, tokens=settings.llm_max_tokens, usd=settings.llm_budget_usd), price
    )
    known = known_forms(chosen.account)
    clients = (
        ChatClient(chosen, form=form, known=known, price=price, timeout_seconds=settings.llm_timeout_seconds)
        for form in chosen.preset.forms
    )
    models = [_in_turn(settings, chosen, Metered(Traced(client), ledger)) for client in clients]
    patience = Patience(seconds=settings.llm_patience_seconds)
    return WithinBudget(Retrying(Structured(models, known), patience), ledger)


def _in_turn(settings: Settings, chosen: "Endpoint", asked: LanguageModel) -> LanguageModel:
    """The model with the provider's limits, which all processes of this machine share."""
    from aitestgen.providers.pacing import FileTurns, Paced, Rate
    from aitestgen.providers.side_by_side import Places, SideBySide

    longest = settings.llm_patience_seconds
    folder = state_folder(settings)
    a_minute = settings.llm_requests_per_minute
    a_minute = chosen.preset.requests_per_minute if a_minute is None else a_minute
    if a_minute:
        turns = FileTurns(folder / "llm-turns.sqlite", chosen.account, Rate(requests=a_minute))
        asked = Paced(asked, turns, longest_seconds=longest)
    places = Places(folder, chosen.server, settings.llm_concurrency or chosen.preset.at_a_time)
    return SideBySide(asked, places, longest_seconds=longest)


def _price(settings: Settings, chosen: "Endpoint") -> "Price | None":
    """What the model costs, as far as it is set. Raises LLMNotConfigured where a cap on money cannot be kept."""
    from aitestgen.providers.prices import FREE, Price

    for name, *usd in settings.llm_prices:
        if name == chosen.name:
            return Price(*usd)
    if not chosen.preset.is_hosted:
        return FREE
    caps = {
        "AITESTGEN_LLM_BUDGET_USD": settings.llm_budget_usd,
        "AITESTGEN_LLM_USD_PER_DAY": settings.llm_usd_per_day or None,
    }
    if named := [name for name, usd in caps.items() if usd is not None]:
        raise LLMNotConfigured(
            f"{named[0]} cannot be kept, as the price of {chosen.name} is not known: "
            f"set AITESTGEN_LLM_PRICES={chosen.name}=INPUT/OUTPUT, in US dollars for a million tokens"
        )
    return None


def _recorded(settings: Settings, chosen: "Endpoint", asked: LanguageModel) -> LanguageModel:
    if settings.llm_record is None:
        return asked
    from aitestgen.providers.recording import Recording
    from aitestgen.providers.redaction import redactor

    return Recording(asked, settings.llm_record, redactor(chosen.key))
