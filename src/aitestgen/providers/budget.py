"""Hard caps on calls, tokens and money. A question is asked only if even its longest answer stays within them."""

from dataclasses import dataclass

from aitestgen.errors import LLMBudgetUsedUp, LLMError, LLMUnanswered
from aitestgen.metering import count_spend
from aitestgen.providers.prices import Price, cost
from aitestgen.providers.questions import schema_text
from aitestgen.seams import LanguageModel
from aitestgen.values import Completion, Prompt, Spend

TEMPLATE_TOKENS = 256
"""What a server's chat template, and our own words about a schema, add to a prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most that may be spent; None is no cap."""

    calls: int | None = None
    tokens: int | None = None
    usd: float | None = None


class Ledger:
    """What was spent, and what questions under way may still cost."""

    def __init__(self, caps: Caps, price: Price | None = None) -> None:
        self.spend = Spend()
        self._caps = caps
        self._price = price
        self._held = Spend(calls=0)

    def check(self, prompt: Prompt) -> Spend:
        """The most that the question may cost. Raises LLMBudgetUsedUp where that is more than is left."""
        most = self._most(prompt)
        planned = self.spend.plus(self._held).plus(most)
        caps = self._caps
        if caps.calls is not None and planned.calls > caps.calls:
            raise LLMBudgetUsedUp(f"all {caps.calls} calls are used up (AITESTGEN_LLM_MAX_CALLS)")
        tokens = planned.input_tokens + planned.output_tokens
        if caps.tokens is not None and tokens > caps.tokens:
            left = max(0, caps.tokens - (tokens - most.input_tokens - most.output_tokens))
            raise LLMBudgetUsedUp(
                f"of {caps.tokens} tokens {left} are left, and the next question may take "
                f"{most.input_tokens + most.output_tokens} (AITESTGEN_LLM_MAX_TOKENS)"
            )
        if caps.usd is not None and planned.usd > caps.usd:
            raise LLMBudgetUsedUp(
                f"of ${caps.usd:.4f} ${self.spend.usd:.4f} are spent, and the next question may cost ${most.usd:.4f} "
                "(AITESTGEN_LLM_BUDGET_USD)"
            )
        return most

    def hold(self, prompt: Prompt) -> Spend:
        """Set the most that the question may cost aside. Raises LLMBudgetUsedUp."""
        most = self.check(prompt)
        self._held = self._held.plus(most)
        return most

    def settle(self, held: Spend, spent: Spend) -> None:
        """Enter what a question did cost in place of what was set aside for it."""
        self._held = minus(self._held, held)
        self.spend = self.spend.plus(spent)
        count_spend(spent)

    def _most(self, prompt: Prompt) -> Spend:
        """No tokenizer makes more tokens of a text than it has bytes."""
        text = prompt.system + prompt.user + schema_text(prompt) * 2
        asked = len(text.encode("utf-8", "replace")) + TEMPLATE_TOKENS
        usd = cost(self._price, asked, prompt.max_tokens)
        return Spend(calls=1, input_tokens=asked, output_tokens=prompt.max_tokens, usd=usd)


class Metered:
    """A model each of whose calls is entered in the ledger, and made only if the ledger allows it.

    An answer that was asked for and never came is entered with the most that it may have cost.
    """

    def __init__(self, model: LanguageModel, ledger: Ledger) -> None:
        self._model = model
        self._ledger = ledger

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer (see seams.LanguageModel)."""
        held = self._ledger.hold(prompt)
        try:
            answer = await self._model.complete(prompt)
        except BaseException as error:
            unbilled = isinstance(error, LLMError) and not isinstance(error, LLMUnanswered)
            self._ledger.settle(held, Spend(calls=1) if unbilled else held)
            raise
        self._ledger.settle(held, answer.spend)
        return answer

    async def aclose(self) -> None:
        await self._model.aclose()


class WithinBudget:
    """A model that says at once, before any wait, when the ledger is used up. `spend` is what all its calls cost."""

    def __init__(self, model: LanguageModel, ledger: Ledger) -> None:
        self._model = model
        self._ledger = ledger

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def spend(self) -> Spend:
        """What was spent so far, repeated and failed calls included."""
        return self._ledger.spend

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer (see seams.LanguageModel)."""
        self._ledger.check(prompt)
        return await self._model.complete(prompt)

    async def aclose(self) -> None:
        await self._model.aclose()


def minus(one: Spend, other: Spend) -> Spend:
    """The one without the other."""
    return Spend(
        calls=one.calls - other.calls,
        input_tokens=one.input_tokens - other.input_tokens,
        output_tokens=one.output_tokens - other.output_tokens,
        usd=one.usd - other.usd,
    )
