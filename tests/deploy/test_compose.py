"""compose.yml: valid, and as closed as it says."""

import re
from typing import Any

import pytest
from tests.deploy.tools import ROOT, read_yaml, tool

from aitestgen.settings import environment_names
from aitestgen.telemetry import ENDPOINTS

IMAGE = re.compile(r".+:\d+\.\d+.*|\$\{[A-Z_]+:-localhost/.+:latest\}")


@pytest.fixture(scope="module")
def compose() -> Any:
    return read_yaml(ROOT / "compose.yml")


def test_it_fits_the_schema_of_the_compose_specification(compose: Any) -> None:
    package = tool("check_jsonschema")
    schemas = tool("check_jsonschema.builtin_schemas")
    assert package
    tool("jsonschema").validate(compose, schemas.get_builtin_schema("vendor.compose-spec"))


def test_the_sandbox_is_on_a_network_without_a_way_out_and_publishes_nothing(compose: Any) -> None:
    sandbox = compose["services"]["sandbox"]
    assert [compose["networks"][name] for name in sandbox["networks"]] == [{"internal": True}]
    assert "ports" not in sandbox


@pytest.mark.parametrize("name", ["backend", "worker", "sandbox"])
def test_our_services_have_no_capability_and_cannot_write_their_image(name: str, compose: Any) -> None:
    service = compose["services"][name]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["pids_limit"]


def test_the_page_is_published_on_loopback_only(compose: Any) -> None:
    assert compose["services"]["backend"]["ports"] == ["${LISTEN:-127.0.0.1:8000}:8000"]


def test_every_setting_is_one_that_the_program_knows(compose: Any) -> None:
    known = {*environment_names().values(), *ENDPOINTS}
    for name in ("backend", "worker", "sandbox"):
        assert set(compose["services"][name]["environment"]) - known == set()


def test_workers_and_the_database_start_by_profile_only(compose: Any) -> None:
    profiles = {name: service.get("profiles", []) for name, service in compose["services"].items()}
    assert profiles == {"backend": [], "sandbox": [], "worker": ["workers"], "database": ["postgres", "workers"]}


def test_images_are_ours_or_have_a_version(compose: Any) -> None:
    images = {service["image"] for service in compose["services"].values()}
    assert [image for image in images if not IMAGE.fullmatch(image)] == []
