import os
import re
from pathlib import Path

import pytest

from aitestgen.cores import under_quota, usable_cores
from aitestgen.errors import UsageError
from aitestgen.settings import SECRETS, environment_names, read_settings
from aitestgen.values import MIB, Limits, Policy


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*environment_names().values(), *os.environ]:
        if name.startswith("AITESTGEN_") or name in environment_names().values() or name.endswith("_FILE"):
            monkeypatch.delenv(name, raising=False)


def test_no_environment_gives_the_contract_limits() -> None:
    settings = read_settings()
    assert settings.limits == Limits()
    assert settings.max_code_length == 5000


def test_a_set_name_is_read_in_its_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_MEMORY_MIB", "64")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    settings = read_settings()
    assert settings.limits.memory_bytes == 64 * MIB
    assert settings.log_level == "DEBUG"


def test_an_empty_value_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    assert read_settings().port is None


def test_a_misspelt_name_is_refused_and_names_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_MEMRY_MIB", "64")
    with pytest.raises(
        UsageError, match="AITESTGEN_MEMRY_MIB: unknown setting; the nearest one is AITESTGEN_MEMORY_MIB"
    ):
        read_settings()


def test_bad_values_are_all_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    monkeypatch.setenv("AITESTGEN_WALL_SECONDS", "inf")
    monkeypatch.setenv("AITESTGEN_PROCESSES", "0")
    monkeypatch.setenv("AITESTGEN_NOPE", "1")
    with pytest.raises(UsageError) as raised:
        read_settings()
    for name in ("PORT", "AITESTGEN_WALL_SECONDS", "AITESTGEN_PROCESSES", "AITESTGEN_NOPE"):
        assert re.search(rf"^  {name}: ", str(raised.value), re.MULTILINE)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_comes_from_its_file_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret").write_text("hush-hush\n")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    settings = read_settings()
    field = next(key for key, written in environment_names().items() if written == name)
    assert getattr(settings, field).get_secret_value() == "hush-hush"
    assert "hush" not in repr(settings)


def test_a_secret_set_twice_is_refused_without_its_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "hush-hush")
    monkeypatch.setenv("GROQ_API_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(UsageError, match="GROQ_API_KEY: set twice") as raised:
        read_settings()
    assert "hush" not in str(raised.value)


def test_an_unreadable_secret_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AITESTGEN_SANDBOX_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(UsageError, match="AITESTGEN_SANDBOX_TOKEN_FILE: cannot be read"):
        read_settings()


def test_a_blank_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_SANDBOX_TOKEN", "   ")
    with pytest.raises(UsageError, match="AITESTGEN_SANDBOX_TOKEN"):
        read_settings()


@pytest.mark.parametrize("token", ["two words", "clé", "line\nbreak"])
def test_a_token_that_fits_no_header_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("AITESTGEN_SANDBOX_TOKEN", token)
    with pytest.raises(UsageError, match="AITESTGEN_SANDBOX_TOKEN: a token is sent in a header") as raised:
        read_settings()
    assert token not in str(raised.value)


def test_any_origin_with_credentials_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_CORS_ORIGINS", "*")
    monkeypatch.setenv("AITESTGEN_CORS_CREDENTIALS", "true")
    with pytest.raises(UsageError, match="cannot go with AITESTGEN_CORS_CREDENTIALS"):
        read_settings()


def test_origins_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_CORS_ORIGINS", "https://a.example, https://b.example")
    assert read_settings().cors_origins == ("https://a.example", "https://b.example")


def test_services_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_SERVICE_URL", "http://one:8001/, https://two.example/jails/ ,http://[::1]:8001")
    expected = ("http://one:8001", "https://two.example/jails", "http://[::1]:8001")
    assert read_settings().sandbox_service_urls == expected


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("localhost:8001", "write http://HOST:PORT"),
        ("ftp://one", "write http://HOST:PORT"),
        ("http://", "write http://HOST:PORT"),
        ("http://one:port", "cannot be read"),
        ("http://one:99999", "cannot be read"),
        ("http://[::1", "cannot be read"),
        ("http://me:hush-hush@one", "set AITESTGEN_SANDBOX_TOKEN"),
        ("http://hush-hush@one", "set AITESTGEN_SANDBOX_TOKEN"),
        ("http://one?token=hush-hush", "holds more than an address"),
        ("http://one#hush-hush", "holds more than an address"),
        ("http://öne", "holds more than an address"),
        ("http://one two", "holds more than an address"),
    ],
)
def test_an_address_that_is_none_is_refused_by_its_place_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    monkeypatch.setenv("SANDBOX_SERVICE_URL", f"http://good:8001,{url}")
    with pytest.raises(UsageError, match=f"SANDBOX_SERVICE_URL: URL 2 .*{why}") as raised:
        read_settings()
    assert "hush" not in str(raised.value)


def test_further_interpreters_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_PYTHONS", "/usr/bin/python3.12, /opt/3.13/bin/python")
    assert read_settings().pythons == (Path("/usr/bin/python3.12"), Path("/opt/3.13/bin/python"))


def write_table(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(f"[tool.aitestgen]\n{text}\n")
    return folder


def test_the_projects_table_gives_defaults_and_the_environment_beats_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_table(tmp_path, "seed = 42\nbudget-seconds = 3")
    monkeypatch.setenv("AITESTGEN_BUDGET_SECONDS", "4")
    settings = read_settings(tmp_path)
    assert (settings.seed, settings.budget_seconds) == (42, 4.0)


@pytest.mark.parametrize("key", ["python", "policy", "memory_mib", "sandbox_backend", "nonsense"])
def test_a_project_cannot_loosen_the_jail_or_name_a_program(tmp_path: Path, key: str) -> None:
    write_table(tmp_path, f'{key} = "x"')
    with pytest.raises(UsageError, match=rf"\[tool.aitestgen\] {key}: not a key"):
        read_settings(tmp_path)


def test_a_policy_is_one_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_POLICY", "sandbox")
    assert read_settings().policy is Policy.SANDBOX


def test_slots_are_the_cores_that_this_process_may_use(tmp_path: Path) -> None:
    assert read_settings().slots == usable_cores()
    assert under_quota(8, tmp_path) == 8


@pytest.mark.parametrize(
    ("membership", "file", "text"),
    [
        ("0::/box/job\n", "box/job/cpu.max", "150000 100000\n"),
        ("0::/box/job\n", "box/cpu.max", "50000 100000\n"),
        ("4:memory:/\n3:cpu,cpuacct:/box\n", "cpu,cpuacct/box/cpu.cfs_quota_us", "20000\n"),
    ],
)
def test_a_quota_leaves_fewer_cores_but_one(tmp_path: Path, membership: str, file: str, text: str) -> None:
    quota = tmp_path / "sys/fs/cgroup" / file
    quota.parent.mkdir(parents=True)
    quota.write_text(text, encoding="ascii")
    (quota.parent / "cpu.cfs_period_us").write_text("100000\n", encoding="ascii")
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(membership, encoding="ascii")
    assert under_quota(8, tmp_path) == (2 if text.startswith("150000") else 1)


@pytest.mark.parametrize("quota", ["max 100000\n", "-1\n", "", "1 2 3", "100000 0"])
def test_what_is_no_quota_takes_no_core_away(tmp_path: Path, quota: str) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/\n", encoding="ascii")
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cpu.max").write_text(quota, encoding="ascii")
    assert under_quota(8, tmp_path) == 8


@pytest.mark.parametrize(
    ("values", "most", "each"),
    [
        ({}, 64, 32),
        ({"AITESTGEN_QUEUE_LENGTH": "5"}, 5, 3),
        ({"AITESTGEN_QUEUE_LENGTH": "0"}, 0, 0),
        ({"AITESTGEN_QUEUE_LENGTH": "5", "AITESTGEN_QUEUE_PER_CALLER": "9"}, 5, 5),
        ({"AITESTGEN_QUEUE_PER_CALLER": "3"}, 64, 3),
    ],
)
def test_the_line_is_as_long_as_slots_need_and_one_caller_has_half(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], most: int, each: int
) -> None:
    for name, value in {"AITESTGEN_SLOTS": "4", **values}.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.queue_most, settings.queue_most_each) == (most, each)


def test_a_base_url_of_a_model_is_an_address_and_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_LLM_BASE_URL", "http://box:8000/v1/")
    assert read_settings().llm_base_url == "http://box:8000/v1"
    monkeypatch.setenv("AITESTGEN_LLM_BASE_URL", "https://me:hush@box/v1")
    with pytest.raises(
        UsageError, match="AITESTGEN_LLM_BASE_URL: the URL holds .* set AITESTGEN_LLM_API_KEY"
    ) as raised:
        read_settings()
    assert "hush" not in str(raised.value)


def test_prices_are_for_a_million_tokens_in_and_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_LLM_PRICES", "groq:a/b-1=0.05/0.08, custom:q:7b=1/2")
    assert read_settings().llm_prices == (("groq:a/b-1", 0.05, 0.08), ("custom:q:7b", 1.0, 2.0))


@pytest.mark.parametrize("written", ["groq:a", "groq:a=1", "groq:a=1/-2", "=1/2", "groq:a=1/2 3", "groq:a=nan/1"])
def test_a_price_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("AITESTGEN_LLM_PRICES", written)
    with pytest.raises(UsageError, match="AITESTGEN_LLM_PRICES: write PROVIDER:MODEL=INPUT/OUTPUT"):
        read_settings()


def test_recording_and_replaying_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AITESTGEN_LLM_RECORD", "a")
    monkeypatch.setenv("AITESTGEN_LLM_REPLAY", "b")
    with pytest.raises(UsageError, match="AITESTGEN_LLM_RECORD and AITESTGEN_LLM_REPLAY"):
        read_settings()


def test_a_key_of_another_program_that_fits_no_header_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not for us: ü")
    assert set(read_settings().provider_keys) == {"OPENAI_API_KEY"}
