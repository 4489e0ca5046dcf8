"""What tokens cost."""

from dataclasses import dataclass
from math import ceil

MILLION = 1_000_000
BYTES_PER_TOKEN = 3
"""Fewer than code has in the tokenizers of Llama, Qwen and GPT (3.3 to 4), so that an estimate errs upward."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input_usd: float
    output_usd: float


FREE = Price(0.0, 0.0)


def cost(price: Price | None, input_tokens: int, output_tokens: int) -> float:
    """US dollars; 0 where the price is not known."""
    known = price or FREE
    return (input_tokens * known.input_usd + output_tokens * known.output_usd) / MILLION


def estimated_tokens(text: str) -> int:
    """About how many tokens a text takes, where nobody counts them."""
    return ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
