"""What one caller may use of a day. Pure."""

from dataclasses import dataclass

from aitestgen.errors import UsedUp
from aitestgen.job import Usage
from aitestgen.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The most of a day (UTC); 0 is no limit. `whose` it is said with."""

    seconds: float
    cpu_seconds: float
    tokens: int
    usd: float
    whose: str = ""

    @classmethod
    def of(cls, settings: Settings) -> "Days":
        return cls(
            seconds=settings.seconds_per_day,
            cpu_seconds=settings.cpu_seconds_per_day,
            tokens=settings.llm_tokens_per_day,
            usd=settings.llm_usd_per_day,
        )

    @classmethod
    def of_address(cls, settings: Settings) -> "Days":
        """What all callers of one address may use together."""
        return cls(
            seconds=settings.seconds_per_day_per_address,
            cpu_seconds=settings.cpu_seconds_per_day_per_address,
            tokens=settings.llm_tokens_per_day_per_address,
            usd=settings.llm_usd_per_day_per_address,
            whose=" of your address",
        )

    @property
    def limited(self) -> bool:
        return any((self.seconds, self.cpu_seconds, self.tokens, self.usd))

    def check(self, used: Usage, left: int, *, asks_model: bool) -> None:
        """Raises UsedUp where nothing is left of something that the work takes; `left` are the day's seconds."""
        if self.seconds and used.seconds >= self.seconds:
            raise UsedUp(f"{self.seconds:g} s of work{self.whose}", left)
        if self.cpu_seconds and used.cpu_seconds >= self.cpu_seconds:
            raise UsedUp(f"{self.cpu_seconds:g} s of processor time{self.whose}", left)
        if asks_model and self.tokens and used.tokens >= self.tokens:
            raise UsedUp(f"{self.tokens} tokens{self.whose} of language models (options.llm `none` takes none)", left)
        if asks_model and self.usd and used.usd >= self.usd:
            raise UsedUp(
                f"{self.usd:g} US dollars{self.whose} of language models (options.llm `none` takes none)", left
            )
