"""The documentation names everything that users can set, call or meet, and its links lead somewhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from aitestgen.cli.main import app
from aitestgen.settings import environment_names
from aitestgen.values import Policy, Tier, Verdict

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RULES = ROOT / "src/aitestgen/analyse/gate/rules.toml"
ABROAD = re.compile(r"[a-z]+:")  # a link with a scheme


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def options(command: Any, path: str = "aitestgen") -> Iterator[tuple[str, str]]:
    """Each option of a typer command and of those below it, with the command that takes it."""
    for parameter in command.params:
        if parameter.param_type_name == "option" and not getattr(parameter, "hidden", False):
            yield from ((path, flag) for flag in (*parameter.opts, *parameter.secondary_opts) if flag != "--help")
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from options(child, f"{path} {name}")


def section(command: str) -> str:
    """The part of the command line's page under the heading that names the command."""
    parts = re.split(r"^## ", page("cli.md"), flags=re.MULTILINE)
    return next((part for part in parts if is_named(command, part.partition("\n")[0])), "")


def is_named(word: str, text: str) -> bool:
    """Whether the text holds this word, not merely a longer one that begins or ends with it."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def links(path: Path) -> list[str]:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(), flags=re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose) if not ABROAD.match(link)]


def anchors(path: Path) -> set[str]:
    """The anchors that a page's headings get on GitHub."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_command_is_named_on_the_page_of_the_command_line() -> None:
    commands: dict[str, Any] = getattr(get_command(app), "commands", {})
    assert commands
    assert [name for name in commands if f"aitestgen {name}" not in page("cli.md") or not section(name)] == []


@pytest.mark.parametrize(("command", "flag"), sorted(set(options(get_command(app)))))
def test_an_option_is_named_in_the_section_of_its_command(command: str, flag: str) -> None:
    assert is_named(flag, section(command.rpartition(" ")[2]))


@pytest.mark.parametrize("name", sorted(environment_names().values()))
def test_a_setting_is_named_on_the_page_of_the_configuration(name: str) -> None:
    assert is_named(name, page("configuration.md"))


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    known = set(environment_names().values())
    named = {name for path in PAGES for name in re.findall(r"\bAITESTGEN_[A-Z_]+\b", path.read_text())}
    assert {name for name in named if name.removesuffix("_FILE") not in known and not name.endswith("_")} == set()


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_is_explained(verdict: Verdict) -> None:
    assert f"| `{verdict}` |" in page("architecture.md")


@pytest.mark.parametrize("rule", [rule["id"] for rule in tomllib.loads(RULES.read_text())["rule"]])
def test_a_rule_of_the_policy_is_explained(rule: str) -> None:
    assert f"`{rule}`" in page("policy.md")


@pytest.mark.parametrize("word", [*Tier, *Policy])
def test_a_tier_or_policy_is_named(word: str) -> None:
    assert f"`{word}`" in page("architecture.md") + page("cli.md")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_link_of_a_page_leads_somewhere(path: Path) -> None:
    broken = []
    for link in links(path):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []
