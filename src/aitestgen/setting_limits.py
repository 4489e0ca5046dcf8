"""The settings that bound what callers, and the addresses that they call from, may take of a server."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from aitestgen.cores import usable_cores

WAITING_PER_SLOT = 16

Positive = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class LimitSettings(BaseSettings):
    """Part of `Settings`. Of a day 0 is no limit; None leaves the number to the property that tells it."""

    slots: Positive = Field(default_factory=usable_cores, validation_alias="AITESTGEN_SLOTS")
    queue_length: Count | None = Field(default=None, validation_alias="AITESTGEN_QUEUE_LENGTH")
    queue_per_caller: Count | None = Field(default=None, validation_alias="AITESTGEN_QUEUE_PER_CALLER")
    queue_per_address: Count | None = Field(default=None, validation_alias="AITESTGEN_QUEUE_PER_ADDRESS")
    queue_seconds: Seconds = Field(default=30.0, validation_alias="AITESTGEN_QUEUE_SECONDS")
    waiting_per_caller: Positive = Field(default=10_000, validation_alias="AITESTGEN_WAITING_PER_CALLER")
    waiting_per_address: Positive = Field(default=20_000, validation_alias="AITESTGEN_WAITING_PER_ADDRESS")

    requests_per_minute: Count | None = Field(default=None, validation_alias="AITESTGEN_REQUESTS_PER_MINUTE")
    requests_per_minute_per_address: Count | None = Field(
        default=None, validation_alias="AITESTGEN_REQUESTS_PER_MINUTE_PER_ADDRESS"
    )
    failed_logins_per_minute: Count = Field(default=30, validation_alias="AITESTGEN_FAILED_LOGINS_PER_MINUTE")
    seconds_per_day: Amount = Field(default=0.0, validation_alias="AITESTGEN_SECONDS_PER_DAY")
    cpu_seconds_per_day: Amount = Field(default=0.0, validation_alias="AITESTGEN_CPU_SECONDS_PER_DAY")
    llm_tokens_per_day: Count = Field(default=0, validation_alias="AITESTGEN_LLM_TOKENS_PER_DAY")
    llm_usd_per_day: Amount = Field(default=0.0, validation_alias="AITESTGEN_LLM_USD_PER_DAY")
    seconds_per_day_per_address: Amount = Field(default=0.0, validation_alias="AITESTGEN_SECONDS_PER_DAY_PER_ADDRESS")
    cpu_seconds_per_day_per_address: Amount = Field(
        default=0.0, validation_alias="AITESTGEN_CPU_SECONDS_PER_DAY_PER_ADDRESS"
    )
    llm_tokens_per_day_per_address: Count = Field(
        default=0, validation_alias="AITESTGEN_LLM_TOKENS_PER_DAY_PER_ADDRESS"
    )
    llm_usd_per_day_per_address: Amount = Field(default=0.0, validation_alias="AITESTGEN_LLM_USD_PER_DAY_PER_ADDRESS")
    slow_client_seconds: Seconds = Field(default=30.0, validation_alias="AITESTGEN_SLOW_CLIENT_SECONDS")

    @property
    def queue_most(self) -> int:
        """How many may wait for a slot: 16 for each slot, where nothing else is set."""
        return WAITING_PER_SLOT * self.slots if self.queue_length is None else self.queue_length

    @property
    def queue_most_each(self) -> int:
        """How many of one caller may wait: half of the line, where nothing else is set."""
        half = (self.queue_most + 1) // 2
        return half if self.queue_per_caller is None else min(self.queue_per_caller, self.queue_most)

    @property
    def queue_most_of_address(self) -> int:
        """How many of all callers of one address may wait: three quarters of the line, where nothing else is set."""
        usual = (3 * self.queue_most + 3) // 4
        return usual if self.queue_per_address is None else min(self.queue_per_address, self.queue_most)
