"""The files for hosting services and virtual machines, each by its own tool where there is one, else by its reference.

Render and Vercel publish schemas that cannot be fetched here: tests/deploy/schemas has the parts that are used, written
down from their references.
"""

import configparser
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.tools import DEPLOY, ROOT, missing, ran, read_yaml, tool

from aitestgen.settings import SECRETS, environment_names

SCHEMAS = Path(__file__).parent / "schemas"
UNIT = DEPLOY / "systemd/aitestgen-sandbox.service"
QUADLET = DEPLOY / "quadlet/aitestgen-sandbox.container"
KNOWN = {*environment_names().values(), *(f"{name}_FILE" for name in SECRETS)}
OTHERS = {"XDG_CACHE_HOME"}

QUADLET_KEYS = {
    *("Image", "ContainerName", "Pull", "RunInit", "User", "ReadOnly", "ReadOnlyTmpfs", "Tmpfs", "DropCapability"),
    *("NoNewPrivileges", "SeccompProfile", "Unmask", "PidsLimit", "PodmanArgs", "Network", "Secret"),
    *("Environment", "EnvironmentFile", "IP", "HealthCmd", "HealthInterval", "HealthTimeout", "HealthRetries"),
    "HealthStartPeriod",
}
"""Of podman-systemd.unit(5), as of Podman 4.6; test_machine.py starts it under Podman 5."""


class Repeated(dict[str, Any]):
    """Keys of a unit file may come again: all values are kept, by line."""

    def __setitem__(self, key: str, value: Any) -> None:
        old = self.get(key)
        super().__setitem__(key, [*old, *value] if isinstance(old, list) and isinstance(value, list) else value)


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    parser = configparser.RawConfigParser(dict_type=Repeated, strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[method-assign, assignment]  # as its documentation says to keep the case
    parser.read_string(path.read_text())
    return {name: {key: value.split("\n") for key, value in parser.items(name)} for name in parser.sections()}


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed: apt-get install {name.partition('-')[0]}")
    return str(found)


def test_the_blueprint_of_render_fits_its_reference() -> None:
    tool("jsonschema").validate(
        read_yaml(ROOT / "render.yaml"), json.loads((SCHEMAS / "render.schema.json").read_text())
    )


def test_render_gets_settings_that_the_program_knows_and_files_that_exist() -> None:
    (service,) = read_yaml(ROOT / "render.yaml")["services"]
    assert {item["key"] for item in service["envVars"]} - KNOWN == set()
    assert (ROOT / service["dockerfilePath"]).is_file()


def test_the_configuration_of_vercel_fits_its_reference() -> None:
    configuration = json.loads((ROOT / "vercel.json").read_text())
    tool("jsonschema").validate(configuration, json.loads((SCHEMAS / "vercel.schema.json").read_text()))


def test_vercel_forbids_scripts_and_frames_of_others() -> None:
    headers = json.loads((ROOT / "vercel.json").read_text())["headers"]
    (policy,) = [h["value"] for rule in headers for h in rule["headers"] if h["key"] == "Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/aitestgen/bin/aitestgen", "/bin/true"))
    command = [program("systemd-analyze"), "verify", "--man=no", copy]
    said = ran(command)
    assert (said.returncode, said.stderr) == (0, "")


def test_systemd_finds_the_unit_well_closed() -> None:
    command = [program("systemd-analyze"), "security", "--offline=yes", "--threshold=40", UNIT]
    assert ran(command).returncode == 0


def test_the_unit_leaves_open_what_jails_need() -> None:
    service = unit(UNIT)["Service"]
    closed = {"RestrictNamespaces", "ProtectKernelTunables", "ProtectKernelLogs", "ProtectControlGroups", "ProtectProc"}
    assert closed & set(service) == set()
    assert "@mount" not in service["SystemCallFilter"][0]


@pytest.mark.parametrize("path", [UNIT, QUADLET], ids=lambda path: path.parent.name)
def test_the_settings_of_the_unit_are_ones_that_the_program_knows(path: Path) -> None:
    sections = unit(path)
    lines = [line for section in sections.values() for line in section.get("Environment", [])]
    names = {line.partition("=")[0] for line in lines}
    assert names
    assert names - KNOWN - OTHERS == set()


def test_the_quadlet_has_no_key_that_podman_does_not_know() -> None:
    assert set(unit(QUADLET)["Container"]) - QUADLET_KEYS == set()
    assert unit(DEPLOY / "quadlet/aitestgen.network")["Network"]["Internal"] == ["true"]


def test_quadlet_and_compose_close_the_sandbox_alike() -> None:
    container = unit(QUADLET)["Container"]
    sandbox = read_yaml(ROOT / "compose.yml")["services"]["sandbox"]
    assert (container["ReadOnly"], container["DropCapability"]) == (["true"], ["all"])
    assert container["Tmpfs"] == sandbox["tmpfs"]
    assert int(container["PidsLimit"][0]) == sandbox["pids_limit"]
    assert container["PodmanArgs"] == [f"--memory={sandbox['mem_limit']}"]


def test_caddy_accepts_its_file() -> None:
    command = [program("caddy"), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"]
    said = ran(command)
    assert said.returncode == 0, said.stderr


def test_the_filter_around_the_sandbox_denies_what_no_jail_needs_and_allows_what_jails_do() -> None:
    denied = {
        n for rule in json.loads((DEPLOY / "sandbox/seccomp.json").read_text())["syscalls"] for n in rule["names"]
    }
    assert {"ptrace", "bpf", "keyctl", "io_uring_setup", "kexec_load", "init_module", "perf_event_open"} <= denied
    assert {"unshare", "clone", "clone3", "mount", "umount2", "pivot_root", "setns", "seccomp"} & denied == set()


@pytest.mark.parametrize("name", ["build-sandbox-image.sh", "build-sandbox-image.ps1", "build-sandbox-image.cmd"])
def test_every_script_builds_the_same_image(name: str) -> None:
    text = (DEPLOY / "sandbox-guest" / name).read_bytes().decode()
    (built,) = re.findall(r"build -f \S+ -t \S+ --build-arg", text)
    assert built == "build -f deploy/sandbox-guest/Containerfile -t localhost/aitestgen-guest:latest --build-arg"
    assert ("\r\n" in text) == name.endswith(".cmd")


@pytest.mark.parametrize(("cut", "wrong"), [(0, False), (1, True)])
def test_the_script_for_powershell_follows_its_grammar(cut: int, wrong: bool) -> None:
    """No PowerShell can be had here; a brace less is noticed."""
    parser = tool("tree_sitter").Parser(tool("tree_sitter").Language(tool("tree_sitter_powershell").language()))
    text = (DEPLOY / "sandbox-guest/build-sandbox-image.ps1").read_bytes()
    assert parser.parse(text.replace(b"}", b"", cut)).root_node.has_error == wrong


def test_the_script_asks_the_engine_for_the_image_of_the_python_that_is_wanted() -> None:
    command = ["sh", DEPLOY / "sandbox-guest/build-sandbox-image.sh", "3.12"]
    said = ran(command, env={"PATH": "/bin:/usr/bin", "ENGINE": "echo"}).stdout
    image = "localhost/aitestgen-guest:latest"
    assert said == f"build -f deploy/sandbox-guest/Containerfile -t {image} --build-arg PYTHON=3.12 .\n"


def test_the_script_refuses_a_python_under_which_no_guest_runs() -> None:
    command = ["sh", DEPLOY / "sandbox-guest/build-sandbox-image.sh", "2.7"]
    ended = ran(command, env={"PATH": "/bin:/usr/bin", "ENGINE": "true"})
    assert (ended.returncode, "3.10 to 3.14" in ended.stderr) == (2, True)
