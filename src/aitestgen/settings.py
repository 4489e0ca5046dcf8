"""The configuration, read once, at the edge.

Flags beat the environment, which beats `[tool.aitestgen]` of the project's pyproject.toml, which beats the defaults.
Secrets can come from a file: `NAME_FILE` holds its path. docs/configuration.md lists every name.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from aitestgen.errors import UsageError
from aitestgen.setting_forms import TOKEN, explained, is_loopback, network, price, service_url
from aitestgen.setting_limits import Amount, LimitSettings, Positive, Seconds
from aitestgen.values import MIB, Limits, Policy, Tier

PREFIX = "AITESTGEN_"
PROVIDER_KEYS = {
    "GROQ_API_KEY": "groq_api_key",
    "OPENAI_API_KEY": "openai_api_key",
    "OPENROUTER_API_KEY": "openrouter_api_key",
}
"""Variable → field, of the keys that belong to one provider each."""
SECRETS = (
    *PROVIDER_KEYS,
    "AITESTGEN_LLM_API_KEY",
    "AITESTGEN_SANDBOX_TOKEN",
    "AITESTGEN_MCP_TOKEN",
    "AITESTGEN_DATABASE_URL",
    "AITESTGEN_OIDC_CLIENT_SECRET",
)

PROJECT_KEYS = ("budget_seconds", "max_tests", "seed")
"""What a project's own pyproject.toml may choose: nothing that loosens the jail or names a program to start, because
the project is the untrusted side."""

HEADER_BYTES = 16 * 1024
"""Of one request: what browsers and proxies send is far less."""
CALLER_RATE, ADDRESS_RATE = 300, 600

Cores = Annotated[float, Field(gt=0, le=1024, allow_inf_nan=False)]
Lease = Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)]


class Settings(LimitSettings):
    """Every setting, validated. Build it with `read_settings`, which also refuses unknown names."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True, case_sensitive=True, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    groq_api_key: SecretStr | None = Field(default=None, validation_alias="GROQ_API_KEY")
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openrouter_api_key: SecretStr | None = Field(default=None, validation_alias="OPENROUTER_API_KEY")
    ollama_host: str = Field(default="", validation_alias="OLLAMA_HOST")
    sandbox_service_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), validation_alias="SANDBOX_SERVICE_URL"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO", validation_alias="LOG_LEVEL"
    )
    max_code_length: Positive = Field(default=5000, validation_alias="MAX_CODE_LENGTH")
    port: Annotated[int, Field(ge=0, le=65_535)] | None = Field(default=None, validation_alias="PORT")

    host: str = Field(default="127.0.0.1", validation_alias="AITESTGEN_HOST")
    log_format: Literal["json", "console"] = Field(default="json", validation_alias="AITESTGEN_LOG_FORMAT")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(default=(), validation_alias="AITESTGEN_CORS_ORIGINS")
    cors_credentials: bool = Field(default=False, validation_alias="AITESTGEN_CORS_CREDENTIALS")
    sandbox_backend: Literal["auto", "bubblewrap", "landlock", "docker", "podman", "remote"] = Field(
        default="auto", validation_alias="AITESTGEN_SANDBOX_BACKEND"
    )
    container_image: str = Field(default="", validation_alias="AITESTGEN_CONTAINER_IMAGE")
    container_runtime: str = Field(default="", validation_alias="AITESTGEN_CONTAINER_RUNTIME")

    sandbox_floor: Tier = Field(default=Tier.B, validation_alias="AITESTGEN_SANDBOX_FLOOR")
    sandbox_token: SecretStr | None = Field(default=None, validation_alias="AITESTGEN_SANDBOX_TOKEN")
    mcp_token: SecretStr | None = Field(default=None, validation_alias="AITESTGEN_MCP_TOKEN")
    python: Path | None = Field(default=None, validation_alias="AITESTGEN_PYTHON")
    pythons: Annotated[tuple[Path, ...], NoDecode] = Field(default=(), validation_alias="AITESTGEN_PYTHONS")
    policy: Policy | None = Field(default=None, validation_alias="AITESTGEN_POLICY")
    llm: str = Field(default="auto", validation_alias="AITESTGEN_LLM")
    llm_base_url: str = Field(default="", validation_alias="AITESTGEN_LLM_BASE_URL")
    llm_api_key: SecretStr | None = Field(default=None, validation_alias="AITESTGEN_LLM_API_KEY")
    llm_timeout_seconds: Seconds = Field(default=60.0, validation_alias="AITESTGEN_LLM_TIMEOUT_SECONDS")
    llm_patience_seconds: Seconds = Field(default=120.0, validation_alias="AITESTGEN_LLM_PATIENCE_SECONDS")
    llm_requests_per_minute: Annotated[int, Field(ge=0)] | None = Field(
        default=None, validation_alias="AITESTGEN_LLM_REQUESTS_PER_MINUTE"
    )
    llm_concurrency: Annotated[int, Field(gt=0, le=256)] | None = Field(
        default=None, validation_alias="AITESTGEN_LLM_CONCURRENCY"
    )
    llm_max_calls: Annotated[int, Field(ge=0)] = Field(default=100, validation_alias="AITESTGEN_LLM_MAX_CALLS")
    llm_max_tokens: Annotated[int, Field(ge=0)] = Field(default=500_000, validation_alias="AITESTGEN_LLM_MAX_TOKENS")
    llm_budget_usd: Amount | None = Field(default=None, validation_alias="AITESTGEN_LLM_BUDGET_USD")
    llm_prices: Annotated[tuple[tuple[str, float, float], ...], NoDecode] = Field(
        default=(), validation_alias="AITESTGEN_LLM_PRICES"
    )
    llm_record: Path | None = Field(default=None, validation_alias="AITESTGEN_LLM_RECORD")
    llm_replay: Path | None = Field(default=None, validation_alias="AITESTGEN_LLM_REPLAY")
    state_folder: Path | None = Field(default=None, validation_alias="AITESTGEN_STATE_FOLDER")
    seed: int = Field(default=1, validation_alias="AITESTGEN_SEED")
    max_tests: Positive | None = Field(default=None, validation_alias="AITESTGEN_MAX_TESTS")
    budget_seconds: Seconds = Field(default=10.0, validation_alias="AITESTGEN_BUDGET_SECONDS")
    max_budget_seconds: Seconds = Field(default=60.0, validation_alias="AITESTGEN_MAX_BUDGET_SECONDS")

    memory_mib: Positive = Field(default=256, validation_alias="AITESTGEN_MEMORY_MIB")
    cpu_cores: Cores = Field(default=0.5, validation_alias="AITESTGEN_CPU_CORES")
    search_memory_mib: Positive = Field(default=512, validation_alias="AITESTGEN_SEARCH_MEMORY_MIB")
    search_cpu_cores: Cores = Field(
        default=float(min(2, os.cpu_count() or 1)), validation_alias="AITESTGEN_SEARCH_CPU_CORES"
    )
    wall_seconds: Seconds = Field(default=5.0, validation_alias="AITESTGEN_WALL_SECONDS")
    processes: Positive = Field(default=64, validation_alias="AITESTGEN_PROCESSES")
    output_kib: Positive = Field(default=1024, validation_alias="AITESTGEN_OUTPUT_KIB")
    tmp_mib: Positive = Field(default=64, validation_alias="AITESTGEN_TMP_MIB")

    drain_seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = Field(
        default=8.0, validation_alias="AITESTGEN_DRAIN_SECONDS"
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), validation_alias="AITESTGEN_TRUSTED_PROXIES"
    )

    accounts: Literal["auto", "required", "open"] = Field(default="auto", validation_alias="AITESTGEN_ACCOUNTS")
    public_url: str = Field(default="", validation_alias="AITESTGEN_PUBLIC_URL")
    oidc_issuer: str = Field(default="", validation_alias="AITESTGEN_OIDC_ISSUER")
    oidc_client_id: str = Field(default="", validation_alias="AITESTGEN_OIDC_CLIENT_ID")
    oidc_client_secret: SecretStr | None = Field(default=None, validation_alias="AITESTGEN_OIDC_CLIENT_SECRET")
    login_allowed: Annotated[tuple[str, ...], NoDecode] = Field(default=(), validation_alias="AITESTGEN_LOGIN_ALLOWED")
    login_admins: Annotated[tuple[str, ...], NoDecode] = Field(default=(), validation_alias="AITESTGEN_LOGIN_ADMINS")
    session_hours: Annotated[float, Field(gt=0, le=8760)] = Field(
        default=12.0, validation_alias="AITESTGEN_SESSION_HOURS"
    )

    database_url: SecretStr | None = Field(default=None, validation_alias="AITESTGEN_DATABASE_URL")
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] | None = Field(
        default=None, validation_alias="AITESTGEN_METRICS_PORT"
    )
    migrate: Literal["at-start", "by-command"] = Field(default="at-start", validation_alias="AITESTGEN_MIGRATE")
    jobs_in_server: Annotated[int, Field(ge=0)] | None = Field(
        default=None, validation_alias="AITESTGEN_JOBS_IN_SERVER"
    )
    jobs_per_caller: Positive = Field(default=8, validation_alias="AITESTGEN_JOBS_PER_CALLER")
    lease_seconds: Lease = Field(default=15.0, validation_alias="AITESTGEN_LEASE_SECONDS")
    lost_workers: Positive = Field(default=3, validation_alias="AITESTGEN_LOST_WORKERS")
    max_files: Positive = Field(default=200, validation_alias="AITESTGEN_MAX_FILES")
    max_upload_kib: Positive = Field(default=2048, validation_alias="AITESTGEN_MAX_UPLOAD_KIB")
    keep_code: bool = Field(default=True, validation_alias="AITESTGEN_KEEP_CODE")
    retention_days: Annotated[int, Field(ge=0)] = Field(default=30, validation_alias="AITESTGEN_RETENTION_DAYS")
    retention_mib: Positive | None = Field(default=None, validation_alias="AITESTGEN_RETENTION_MIB")

    @field_validator("log_level", mode="before")
    @classmethod
    def upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator(
        *("cors_origins", "pythons", "sandbox_service_urls", "trusted_proxies", "login_allowed", "login_admins"),
        mode="before",
    )
    @classmethod
    def split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("container_image", "container_runtime")
    @classmethod
    def no_option(cls, value: str) -> str:
        if value.startswith("-") or value != value.strip():
            raise ValueError("a name is wanted here, and it begins with neither a dash nor a blank")
        return value

    @field_validator("sandbox_service_urls")
    @classmethod
    def services(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(service_url(url, f"URL {number}", "AITESTGEN_SANDBOX_TOKEN") for number, url in enumerate(urls, 1))

    @field_validator("llm_base_url")
    @classmethod
    def address(cls, url: str) -> str:
        return service_url(url, "the URL", "AITESTGEN_LLM_API_KEY") if url else ""

    @field_validator("llm_prices", mode="before")
    @classmethod
    def prices(cls, value: object) -> object:
        return tuple(map(price, filter(None, map(str.strip, value.split(","))))) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(network(proxy, number) for number, proxy in enumerate(proxies, 1))

    @field_validator("sandbox_token", "llm_api_key", "mcp_token")
    @classmethod
    def fit_for_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().strip():
            raise ValueError("a token of blanks protects nothing: remove it or set a real one")
        if value is not None and not TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("a token is sent in a header: use ASCII letters, digits and signs, without blanks")
        return value

    @model_validator(mode="after")
    def no_wildcard_with_credentials(self) -> Self:
        if self.cors_credentials and "*" in self.cors_origins:
            raise ValueError("AITESTGEN_CORS_ORIGINS: `*` cannot go with AITESTGEN_CORS_CREDENTIALS; list the origins")
        return self

    @field_validator("public_url")
    @classmethod
    def page_address(cls, url: str) -> str:
        if url and urlsplit(service_url(url, "the URL", "nothing of it")).path:
            raise ValueError("the page's address has no path: write https://HOST")
        return url.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def issuer(cls, issuer: str) -> str:
        if issuer in {"", "github", "google"}:
            return issuer
        address = service_url(issuer, "the URL", "AITESTGEN_OIDC_CLIENT_SECRET")
        if not address.startswith("https://") and not is_loopback(urlsplit(address).hostname or ""):
            raise ValueError("an issuer is trusted because of its certificate: write https://…, github or google")
        return issuer

    @model_validator(mode="after")
    def login_is_whole(self) -> Self:
        if not self.oidc_issuer:
            return self
        needed = ("oidc_client_id", "oidc_client_secret", "public_url", "login_allowed")
        if missing := [f"AITESTGEN_{name.upper()}" for name in needed if not getattr(self, name)]:
            raise ValueError(f"AITESTGEN_OIDC_ISSUER: a login also takes {', '.join(missing)}")
        if self.accounts == "open":
            raise ValueError("AITESTGEN_ACCOUNTS: `open` asks nobody who they are; remove AITESTGEN_OIDC_ISSUER")
        return self

    @model_validator(mode="after")
    def one_tape(self) -> Self:
        if self.llm_record and self.llm_replay:
            raise ValueError(
                "AITESTGEN_LLM_RECORD and AITESTGEN_LLM_REPLAY: what is replayed is recorded already; keep one"
            )
        return self

    @property
    def provider_keys(self) -> dict[str, SecretStr]:
        """The keys that are set, by the name of their variable."""
        fields = {name: getattr(self, field) for name, field in PROVIDER_KEYS.items()}
        return {name: key for name, key in fields.items() if key and key.get_secret_value()}

    @property
    def accounts_required(self) -> bool:
        """Whether callers have to say who they are: by default everywhere but on loopback without a login."""
        if self.accounts == "auto":
            return bool(self.oidc_issuer) or not is_loopback(self.host)
        return self.accounts == "required"

    @property
    def session_cookie(self) -> str:
        """The cookie's name. By its prefix browsers take it over https alone, and from no neighbour of the host."""
        return "__Host-aitestgen" if self.public_url.startswith("https://") else "aitestgen"

    @property
    def caller_rate(self) -> int:
        """Requests a minute of one caller; 0 is no limit, as it is on an open server where nothing else is set."""
        usual = CALLER_RATE if self.accounts_required else 0
        return usual if self.requests_per_minute is None else self.requests_per_minute

    @property
    def address_rate(self) -> int:
        """Requests a minute from one address; likewise."""
        usual = ADDRESS_RATE if self.accounts_required else 0
        return usual if self.requests_per_minute_per_address is None else self.requests_per_minute_per_address

    @property
    def limits(self) -> Limits:
        """What one run of a test file may use."""
        return Limits(
            wall_seconds=self.wall_seconds,
            cpu_cores=self.cpu_cores,
            memory_bytes=self.memory_mib * MIB,
            processes=self.processes,
            output_bytes=self.output_kib * 1024,
            tmp_bytes=self.tmp_mib * MIB,
        )


def environment_names() -> dict[str, str]:
    """Field name → the name of its environment variable."""
    return {name: str(field.validation_alias) for name, field in Settings.model_fields.items()}


def read_settings(project: Path | None = None) -> Settings:
    """The settings of this process, with the defaults of the pyproject.toml in `project`, where there is one.

    Raises UsageError that names every bad key at once; the message never holds a value.
    """
    problems = list(_unknown_names(os.environ))
    values = {**_project_defaults(project, problems), **_secret_files(os.environ, problems)}
    settings = _validated(values, problems)
    if settings is None or problems:
        raise UsageError("\n  ".join(["the configuration is not usable:", *problems]))
    return settings


def _validated(values: Mapping[str, Any], problems: list[str]) -> Settings | None:
    try:
        return Settings(**values)
    except ValidationError as error:
        problems += [explained(item) for item in error.errors(include_input=False, include_url=False)]
        return None


def _unknown_names(environ: Mapping[str, str]) -> Iterator[str]:
    known = [*environment_names().values(), *(f"{name}_FILE" for name in SECRETS)]
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.0)
            yield f"{name}: unknown setting; the nearest one is {near[0]}"


def _secret_files(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    values = {}
    for name in SECRETS:
        path = environ.get(f"{name}_FILE")
        if not path:
            continue
        if environ.get(name):
            problems.append(f"{name}: set twice, here and as {name}_FILE; keep one")
            continue
        try:
            values[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{name}_FILE: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8 text'}")
    return values


def _project_defaults(project: Path | None, problems: list[str]) -> dict[str, Any]:
    names = environment_names()
    values = {}
    for written, value in _project_table(project, problems).items():
        key = written.replace("-", "_")
        if key not in PROJECT_KEYS:
            problems.append(f"[tool.aitestgen] {written}: not a key of this table; it takes {', '.join(PROJECT_KEYS)}")
        elif not os.environ.get(names[key]):
            values[names[key]] = value
    return values


def _project_table(project: Path | None, problems: list[str]) -> Mapping[str, Any]:
    path = project / "pyproject.toml" if project else None
    if path is None or not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("aitestgen", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"pyproject.toml: cannot be read: {error}")
        return {}
    return table if isinstance(table, dict) else {}
