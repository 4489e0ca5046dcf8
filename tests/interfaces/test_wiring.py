import asyncio
import sys
from pathlib import Path

import pytest
from tests.interfaces.flows import INTERPRETER, a_result

from aitestgen import wiring
from aitestgen.errors import LLMError, SandboxError, UsageError
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


def test_a_demanded_model_is_refused() -> None:
    wiring.check_llm("auto")
    wiring.check_llm("none")
    with pytest.raises(LLMError, match="groq:x"):
        wiring.check_llm("groq:x")


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
