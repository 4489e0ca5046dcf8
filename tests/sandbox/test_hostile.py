"""Every hostile guest gets its verdict in bounded time, and leaves nothing behind."""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest
from tests.sandbox.guest import Guest
from tests.sandbox.hostile import GUESTS, outcome_of
from tests.sandbox.leftovers import leftovers

from aitestgen.sandbox.bubblewrap import BubblewrapSandbox


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    yield
    assert leftovers(os.getpid()) == []


def _named(guests: list[Guest]) -> list[object]:
    return [pytest.param(guest, id=guest.name) for guest in guests]


@pytest.mark.parametrize("guest", _named(list(GUESTS)))
def test_hostile_guest_with_control_groups_gets_its_verdict(
    guest: Guest, tier_a: BubblewrapSandbox, host_port: int, runner: asyncio.Runner
) -> None:
    _check(guest, tier_a, host_port, runner)


@pytest.mark.parametrize("guest", _named([guest for guest in GUESTS if guest.tier_b]))
def test_hostile_guest_without_control_groups_gets_its_verdict(
    guest: Guest, tier_b: BubblewrapSandbox, host_port: int, runner: asyncio.Runner
) -> None:
    _check(guest, tier_b, host_port, runner)


def _check(guest: Guest, sandbox: BubblewrapSandbox, host_port: int, runner: asyncio.Runner) -> None:
    started = time.monotonic()
    result = runner.run(outcome_of(guest, sandbox, host_port))
    assert result.verdict in guest.verdicts, (result.detail, result.output)
    assert time.monotonic() - started < guest.limits.wall_seconds + guest.seconds


def test_the_table_of_guests_is_complete() -> None:
    names = [guest.name for guest in GUESTS]
    assert len(names) == len(set(names)) >= 40
