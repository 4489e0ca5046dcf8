"""What callers send. An unknown key is an error: it is a typo more often than a wish."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict

from aitestgen.errors import CodeInvalid, UsageError
from aitestgen.settings import Settings
from aitestgen.values import Options, Policy

Name = Annotated[str, Field(max_length=200)]


Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0, le=10_000)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class OptionsQuery(BaseModel):
    """Choices for one generation; each has a default on the server. As they stand in an address: all are text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget_seconds: Seconds | None = None
    max_tests: Count | None = None
    llm: Annotated[str, Field(max_length=200)] | None = None
    policy: Policy | None = None
    seed: Seed | None = None
    targets: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    xfail_bugs: bool = False
    bless_bugs: bool = False


class OptionsBody(OptionsQuery):
    """Choices for one generation; each has a default on the server. As JSON: `"7"` is no number."""

    budget_seconds: Annotated[Seconds, Strict()] | None = None
    max_tests: Annotated[Count, Strict()] | None = None
    seed: Annotated[Seed, Strict()] | None = None
    xfail_bugs: Annotated[bool, Strict()] = False
    bless_bugs: Annotated[bool, Strict()] = False


class CodeBody(BaseModel):
    """Python source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(description="Python source, at most MAX_CODE_LENGTH characters.")


class GenerateBody(CodeBody):
    """Python source to test. The module is called `user_code` in everything that is generated."""

    options: OptionsBody | None = None


def checked_length(code: str, settings: Settings) -> str:
    """The code itself. Raises CodeInvalid over MAX_CODE_LENGTH."""
    if len(code) > settings.max_code_length:
        raise CodeInvalid(
            f"The code is too long: {len(code)} characters, and the limit (MAX_CODE_LENGTH) is "
            f"{settings.max_code_length}"
        )
    return code


def choose_options(body: OptionsQuery | None, settings: Settings) -> Options:
    """The caller's choices over the server's defaults, never beyond what the server allows. Raises UsageError."""
    sent = body or OptionsBody()
    least = settings.policy or Policy.STRICT
    if sent.policy is Policy.SANDBOX and least is Policy.STRICT:
        raise UsageError("options.policy: this server judges all code strictly; leave it out, or send `strict`")
    if sent.budget_seconds is not None and sent.budget_seconds > settings.max_budget_seconds:
        raise UsageError(f"options.budget_seconds: at most {settings.max_budget_seconds:g} on this server")
    return Options(
        budget_seconds=sent.budget_seconds or settings.budget_seconds,
        max_tests=sent.max_tests or settings.max_tests,
        llm=sent.llm or settings.llm,
        policy=sent.policy or least,
        seed=settings.seed if sent.seed is None else sent.seed,
        targets=sent.targets,
        xfail_bugs=sent.xfail_bugs,
        bless_bugs=sent.bless_bugs,
    )
