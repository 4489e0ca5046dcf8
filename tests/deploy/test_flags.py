"""DOCKER_SANDBOX_SECURITY.md tells every flag of the jail in containers as it is, and names tests that there are."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from tests.deploy.tools import ROOT
from tests.sandbox.hostile import GUESTS
from tests.sandbox.test_container_parts import command
from tests.sandbox.test_hostile import IN_CONTAINERS

PAGE = ROOT / "DOCKER_SANDBOX_SECURITY.md"
ROW = re.compile(r"^\| (`--.+?`) \| (.+) \| (.+) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
TEST = re.compile(r"^(test_\w+\.py)::(test_\w+)$")
PAIRED = {"--ulimit", "--tmpfs"}


def flags(engine: str, binds: tuple[Path, ...] = ()) -> set[str]:
    """Each flag of the command with its value, without client, image and program."""
    words = command(engine, binds, runtime="runsc")
    words = words[2 : words.index("-S") - 1]
    values = {index + 1 for index, word in enumerate(words) if word in PAIRED}
    pairs = {f"{flag} {value}" for flag, value in pairwise(words) if flag in PAIRED}
    return pairs | {word for index, word in enumerate(words) if word not in PAIRED and index not in values}


def rows() -> list[tuple[str, str, str]]:
    return [(row[0], row[1], row[2]) for row in ROW.findall(PAGE.read_text())]


def told() -> set[str]:
    return {code for first, _, _ in rows() for code in CODE.findall(first)}


def test_every_flag_is_told_with_its_value_and_none_that_is_not_used(tmp_path: Path) -> None:
    used = flags("podman", (tmp_path,)) | flags("docker", (tmp_path,))
    assert {word.replace(str(tmp_path), "PROJECT") for word in used} == told()


def test_every_row_says_what_it_stops_and_what_proves_it() -> None:
    assert len(rows()) > 20
    assert [row for row in rows() if len(row[1]) < 15 or not CODE.search(row[2])] == []


@pytest.mark.parametrize("shown", sorted({code for _, _, last in rows() for code in CODE.findall(last)}))
def test_what_proves_it_is_there(shown: str) -> None:
    if match := TEST.match(shown):
        assert f"def {match[2]}(" in (ROOT / "tests/sandbox" / match[1]).read_text()
    else:
        assert shown in IN_CONTAINERS & {guest.name for guest in GUESTS}
