"""What images are built on: a tag in the checkout, a digest where something is published."""

import os
import re
from pathlib import Path

import pytest
from tests.deploy.tools import DEPLOY, ROOT, ran, read_yaml

FILES = [DEPLOY / name / "Containerfile" for name in ("app", "sandbox", "sandbox-guest")]
BASE = re.compile(r"^ARG [A-Z]+_IMAGE=(.+)$", re.MULTILINE)
EXACT = re.compile(r"docker\.io/library/(python|node):(\d+\.\d+\.\d+|\$\{PYTHON\})-(slim-bookworm|bookworm-slim)")
DIGEST = "sha256:" + "ab" * 32


def pinned(tmp_path: Path, said: str, *words: str | Path) -> tuple[int, str]:
    """How pin-bases ends where the registry says this: no registry is asked by a test."""
    client = tmp_path / "docker"
    client.write_text(f"#!/bin/sh\necho '{said}'\n")
    client.chmod(0o755)
    ended = ran([DEPLOY / "pin-bases", *words], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    return ended.returncode, ended.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_base_has_an_exact_tag_and_every_stage_is_built_on_one_that_can_be_named(path: Path) -> None:
    text = path.read_text()
    assert [base for base in BASE.findall(text) if not EXACT.fullmatch(base)] == []
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", text, re.MULTILINE)
    names = {name for _, name in stages} | {"scratch", "page-${PAGE}", "${PYTHON_IMAGE}", "${NODE_IMAGE}"}
    assert {base for base, _ in stages} - names == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_release_is_built_on_digests_and_says_so(path: Path, tmp_path: Path) -> None:
    status, said = pinned(tmp_path, DIGEST, path)
    assert status == 0
    assert {line.partition("=")[0] for line in said.split()} == set(
        re.findall(r"ARG ([A-Z]+_IMAGE)=", path.read_text())
    )
    assert [line for line in said.split() if not line.endswith(f"@{DIGEST}") or "$" in line] == []
    assert 'org.opencontainers.image.base.name="${PYTHON_IMAGE}"' in path.read_text()


def test_another_python_is_put_into_the_tag_and_a_digest_that_is_there_is_kept(tmp_path: Path) -> None:
    path = DEPLOY / "sandbox-guest/Containerfile"
    assert "python:3.12-slim-bookworm@" in pinned(tmp_path, DIGEST, path, "PYTHON=3.12")[1]
    own = f"PYTHON_IMAGE=example.org/python@sha256:{'cd' * 32}"
    assert pinned(tmp_path, DIGEST, path, own) == (0, f"{own}\n")


@pytest.mark.parametrize("said", ["", "sha256:ab", "no such manifest"])
def test_without_a_digest_nothing_is_published(said: str, tmp_path: Path) -> None:
    status, lines = pinned(tmp_path, said, FILES[0])
    assert (status, lines) == (1, "")


def test_the_workflow_builds_what_it_publishes_on_these_digests() -> None:
    steps = read_yaml(ROOT / ".github/workflows/images.yml")["jobs"]["publish"]["steps"]
    bases = next(step for step in steps if step.get("id") == "bases")
    build = next(step for step in steps if step.get("id") == "build")
    assert steps.index(bases) < steps.index(build)
    assert "deploy/pin-bases" in bases["run"]
    assert "${{ steps.bases.outputs.arguments }}" in build["with"]["build-args"]


PIN = re.compile(r"^([a-z0-9-]+(?:\[[a-z,]+\])?==\S+)", re.MULTILINE)


def test_images_hold_what_is_tested_and_what_sends_spans() -> None:
    run, image, dev = (
        set(PIN.findall((ROOT / f"requirements/{name}.txt").read_text())) for name in ("run", "image", "dev")
    )
    assert run < image <= dev
    names = {pin.partition("==")[0] for pin in image - run}
    assert {"opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"} <= names


@pytest.mark.parametrize("path", FILES[:2], ids=lambda path: path.parent.name)
def test_what_an_image_installs_is_copied_into_its_build(path: Path) -> None:
    copied = next(line for line in path.read_text().splitlines() if line.startswith("COPY deploy/install.py"))
    installed = re.findall(r'BUILD / "(\w+\.txt)"', (DEPLOY / "install.py").read_text())
    assert [name for name in installed if f"requirements/{name}" not in copied] == []
    assert "image.txt" in installed
