import asyncio
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.interfaces.flows import INTERPRETER, a_result
from tests.providers.build import KEY, PROMPT, SHAPED, ask
from tests.providers.scripted_server import answer, error, scripted_server

from aitestgen import wiring
from aitestgen.errors import LLMBudgetUsedUp, LLMNotConfigured, LLMRateLimited, LLMRefused, SandboxError, UsageError
from aitestgen.sandbox.bubblewrap import BubblewrapSandbox
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.landlocked import LandlockSandbox
from aitestgen.sandbox.remote import RemoteSandbox
from aitestgen.settings import Settings
from aitestgen.testing import BrokenSandbox, FixedSandbox, PassingSandbox
from aitestgen.values import Outcome, Run, Tier, Verdict


def an_environment(folder: Path) -> Path:
    """A virtual environment as far as finding one goes: a folder with bin/python."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder / "bin" / "python"


def test_the_active_environment_comes_before_the_projects_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    active, own = an_environment(tmp_path / "active"), an_environment(tmp_path / "project" / ".venv")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert wiring.interpreter(None, tmp_path / "project").executable == active
    monkeypatch.delenv("VIRTUAL_ENV")
    assert wiring.interpreter(None, tmp_path / "project").executable == own


def test_a_chosen_interpreter_comes_before_the_active_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(an_environment(tmp_path).parents[1]))
    assert wiring.interpreter(Path(sys.executable)).executable == Path(sys.executable)


def test_without_any_environment_it_is_our_own_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    (tmp_path / "pyproject.toml").touch()
    assert wiring.interpreter(None, tmp_path) == own_interpreter()


def test_the_search_for_an_environment_ends_at_the_project(tmp_path: Path) -> None:
    an_environment(tmp_path / ".venv")
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "pyproject.toml").touch()
    assert wiring.nearest_environment(project / "src") is None
    assert wiring.nearest_environment(tmp_path) is not None


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_an_engine_that_is_not_installed_is_an_error_with_the_fix(
    settings: Settings, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=f"{engine} is not installed: .*http"):
        wiring.jail(settings, engine)
    assert wiring.jail(settings, "auto").__class__.__name__ == "BubblewrapSandbox"


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_an_engine_that_is_asked_for_is_the_one_that_is_used(
    settings: Settings, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = tmp_path / engine
    client.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SandboxError, match=f"{engine} cannot run a jail"):
        asyncio.run(wiring.prove(wiring.jail(settings, engine), INTERPRETER))


def test_sandbox_services_are_used_where_they_are_named_and_nothing_else_is_demanded(settings: Settings) -> None:
    named = settings.model_copy(update={"sandbox_service_urls": ("http://127.0.0.1:9",)})
    assert isinstance(wiring.jail(named), RemoteSandbox)
    assert isinstance(wiring.jail(named, "remote"), RemoteSandbox)
    with pytest.raises(SandboxError, match="SANDBOX_SERVICE_URL"):
        wiring.jail(settings, "remote")


@pytest.mark.jail
def test_a_demanded_bubblewrap_is_used_whatever_services_are_named(settings: Settings) -> None:
    named = settings.model_copy(update={"sandbox_service_urls": ("http://127.0.0.1:9",)})
    assert isinstance(wiring.jail(named, "bubblewrap"), BubblewrapSandbox)
    assert isinstance(wiring.local_jail(named), BubblewrapSandbox)
    with pytest.raises(
        SandboxError, match="no sandbox backend 'remote' here; available: bubblewrap, landlock, podman, docker$"
    ):
        wiring.local_jail(named, "remote")


def test_interpreters_are_by_version_and_the_default_one_comes_first(settings: Settings) -> None:
    own = own_interpreter()
    twice = settings.model_copy(update={"python": own.executable, "pythons": (own.executable,)})
    assert wiring.interpreters(twice) == {"{}.{}".format(*own.version): own}
    with pytest.raises(UsageError, match="/nonexistent"):
        wiring.interpreters(settings.model_copy(update={"pythons": (Path("/nonexistent"),)}))


def test_no_model_is_built_where_none_is_configured_or_wanted(settings: Settings) -> None:
    assert wiring.model(settings, "auto") is None
    assert wiring.model(settings, "none") is None
    assert wiring.model(settings.model_copy(update={"groq_api_key": SecretStr("gsk_x")}), "none") is None
    with pytest.raises(LLMNotConfigured, match="GROQ_API_KEY"):
        wiring.model(settings, "groq:x")


def asked_at(settings: Settings, url: str, folder: Path, **more: object) -> Settings:
    """Settings of an operator who has Groq behind an address of his own."""
    fields = {"llm": "groq", "llm_base_url": url, "groq_api_key": SecretStr(KEY), "state_folder": folder}
    return settings.model_copy(update={**fields, **more})


def test_the_configured_model_is_asked_with_its_key_and_within_its_caps(settings: Settings, tmp_path: Path) -> None:
    with scripted_server(answer()) as server:
        model = wiring.model(asked_at(settings, server.url, tmp_path, llm_max_calls=2), "auto")
        assert model is not None
        assert model.name == "groq:llama-3.1-8b-instant"
        assert [ask(model).text, ask(model).text] == ["fine", "fine"]
        with pytest.raises(LLMBudgetUsedUp, match="AITESTGEN_LLM_MAX_CALLS"):
            ask(model)
        assert [asked.headers["authorization"] for asked in server.asked] == [f"Bearer {KEY}"] * 2


def test_a_form_that_a_server_refused_is_remembered_for_the_next_command(settings: Settings, tmp_path: Path) -> None:
    with scripted_server(error(400, "no json_schema here"), answer("{}")) as server:
        for _ in range(2):
            model = wiring.model(asked_at(settings, server.url, tmp_path), "groq")
            assert model is not None
            assert ask(model, SHAPED).text == "{}"
        formats = [asked.json["response_format"]["type"] for asked in server.asked]
    assert formats == ["json_schema", "json_object", "json_object"]


def test_requests_are_counted_for_all_models_of_an_account(settings: Settings, tmp_path: Path) -> None:
    with scripted_server(answer()) as server:
        slow = asked_at(settings, server.url, tmp_path, llm_requests_per_minute=1, llm_patience_seconds=15.0)
        first, second = wiring.model(slow, "groq"), wiring.model(slow, "groq")
        assert first is not None
        assert second is not None
        ask(first)
        with pytest.raises(LLMRateLimited, match="the next turn would be in"):
            ask(second)
        assert len(server.asked) == 1


def test_money_needs_a_price_and_is_then_counted(settings: Settings, tmp_path: Path) -> None:
    with scripted_server(answer()) as server:
        capped = asked_at(settings, server.url, tmp_path, llm_budget_usd=0.01)
        with pytest.raises(LLMNotConfigured, match="AITESTGEN_LLM_PRICES=groq:llama-3.1-8b-instant="):
            wiring.model(capped, "groq")
        prices = (("groq:llama-3.1-8b-instant", 1.0, 2.0),)
        model = wiring.model(capped.model_copy(update={"llm_prices": prices}), "groq")
        assert model is not None
        assert ask(model).spend.usd == pytest.approx(25e-6)


def test_a_recorded_command_is_replayed_without_key_or_server(settings: Settings, tmp_path: Path) -> None:
    tape = tmp_path / "tape"
    with scripted_server(answer("kept")) as server:
        recording = wiring.model(asked_at(settings, server.url, tmp_path, llm_record=tape), "groq")
        assert recording is not None
        ask(recording)
    replaying = wiring.model(settings.model_copy(update={"llm_replay": tape}), "groq")
    assert replaying is not None
    assert ask(replaying, PROMPT).text == "kept"
    with pytest.raises(LLMRefused, match="recorded"):
        ask(replaying, SHAPED)


def test_where_no_state_can_be_kept_the_error_names_the_setting(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with scripted_server(answer()) as server:
        model = wiring.model(asked_at(settings, server.url, tmp_path, state_folder=None), "groq")
        assert model is not None
        with pytest.raises(LLMNotConfigured, match="AITESTGEN_STATE_FOLDER"):
            ask(model)
        assert server.asked == []


def test_a_caller_gets_only_models_of_providers_that_the_operator_configured(settings: Settings) -> None:
    with pytest.raises(LLMNotConfigured, match="no provider is configured for it on this server"):
        wiring.offered_model(settings, "ollama:x")
    keyed = settings.model_copy(update={"groq_api_key": SecretStr(KEY)})
    offered = wiring.offered_model(keyed, "groq:x")
    assert offered is not None
    assert offered.name == "groq:x"
    assert wiring.offered_model(keyed.model_copy(update={"llm": "none"}), "auto") is None
    assert wiring.model(settings, "ollama:x") is not None  # who starts the command is the operator


def test_a_sandbox_is_proved_by_a_test_that_passes() -> None:
    assert asyncio.run(wiring.prove(PassingSandbox(), INTERPRETER)).verdict is Verdict.PASSED
    with pytest.raises(SandboxError):
        asyncio.run(wiring.prove(BrokenSandbox(), INTERPRETER))
    with pytest.raises(SandboxError, match="timed_out"):
        asyncio.run(wiring.prove(FixedSandbox(a_result(Verdict.TIMED_OUT)), INTERPRETER))


def test_the_passing_double_reports_every_plain_test_and_its_frames() -> None:
    source = b"def helper(): ...\ndef test_a(): ...\nclass TestB:\n    def test_c(self): ...\nclass Other: ...\n"
    run = Run(program="run_tests", job={"tests": ["test_x.py"]}, interpreter=INTERPRETER, files={"test_x.py": source})
    heard: list[str] = []
    result = asyncio.run(PassingSandbox().run(run, lambda frame: heard.append(frame["ev"])))
    assert {test.id: test.outcome for test in result.outcomes} == {
        "test_x.py::test_a": Outcome.PASSED,
        "test_x.py::TestB::test_c": Outcome.PASSED,
    }
    assert heard == ["collected", "start", "end", "start", "end", "session"]


@pytest.mark.parametrize(
    ("tier", "floor", "reaches"),
    [("A", "B", True), ("B", "B", True), ("B", "A", False), ("vm", "A", True), ("C", "B", False), ("C", "C", True)],
)
def test_a_tier_below_the_floor_is_refused(tier: str, floor: str, reaches: bool) -> None:
    if reaches:
        wiring.check_floor(Tier(tier), Tier(floor))
    else:
        with pytest.raises(SandboxError, match="AITESTGEN_SANDBOX_FLOOR asks for"):
            wiring.check_floor(Tier(tier), Tier(floor))


def test_a_demanded_landlock_is_refused_below_the_floor(settings: Settings) -> None:
    with pytest.raises(SandboxError, match="tier C, and AITESTGEN_SANDBOX_FLOOR asks for B"):
        wiring.local_jail(settings, "landlock")
    allowed = settings.model_copy(update={"sandbox_floor": Tier.C})
    assert isinstance(wiring.local_jail(allowed, "landlock"), LandlockSandbox)
