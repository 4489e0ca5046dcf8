"""The tools for agents over both transports, with the real flow and the real jail behind them."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from tests.interfaces.programs import (
    descendants,
    environment,
    free_port,
    has_jail,
    started_with,
    still,
    stop,
    until,
    wait_until,
    with_birth,
)
from tests.sandbox.leftovers import groups_of

pytestmark = [pytest.mark.jail, pytest.mark.anyio, pytest.mark.timeout(240)]

MARKS = '''\
def grade(score: int) -> str:
    """Return a letter for a score.

    >>> grade(60)
    'A'
    """
    if score >= 60:
        return "B"
    return "F"
'''
TESTS = "from school.marks import grade\n\n\ndef test_best():\n    assert grade(95) == 'B'\n"
LOUD = """\
import sys


def test_loud():
    print('{"jsonrpc": "2.0"}', flush=True)
    print('{"jsonrpc": "2.0"}', file=sys.__stdout__, flush=True)
"""
ENDLESS = "def test_endless():\n    while True:\n        pass\n"
CALL = {"path": "school/marks.py", "tests": ENDLESS}
PATIENT = {"AITESTGEN_WALL_SECONDS": "120", "AITESTGEN_CPU_CORES": "1"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "school").mkdir()
    (tmp_path / "school" / "__init__.py").touch()
    (tmp_path / "school" / "marks.py").write_text(MARKS)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_marks.py").write_text(TESTS)
    return tmp_path


def over_stdio(project: Path, **more: str) -> StdioServerParameters:
    args = ["-m", "aitestgen", "mcp", "--folder", str(project)]
    return StdioServerParameters(command=sys.executable, args=args, env=environment(**more))


@contextmanager
def over_http(project: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server that listens, and its address."""
    port = free_port()
    command = [sys.executable, "-m", "aitestgen", "mcp", "--http", "--port", str(port), "--folder", str(project)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    program = subprocess.Popen(command, env=environment(**more), text=True, **pipes)
    url = f"http://127.0.0.1:{port}/mcp"
    try:
        wait_until(lambda: program.poll() is not None or answers(url))
        assert program.poll() is None
        yield program, url
    finally:
        program.kill()
        program.communicate()


def answers(url: str) -> bool:
    try:
        httpx2.get(url)
    except httpx2.ConnectError:
        return False
    return True


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_every_tool_does_its_work(project: Path, transport: str, mode: str) -> None:
    if transport == "stdio":
        await use_every_tool(Client(over_stdio(project, **PATIENT), mode=mode))
        return
    with over_http(project, **PATIENT) as (_, url):
        await use_every_tool(Client(url, mode=mode))


async def use_every_tool(connection: Client) -> None:
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 # the SDK's shape
        heard.append(message)

    async with connection as client:
        module = {"path": "school/marks.py"}
        made = await facts(client, "generate_tests", {**module, "use_existing": False, "budget_seconds": 3}, hear)
        assert (made["module"], made["verdict"], made["suggested_path"]) == (
            *("school.marks", "passed"),
            "tests/test_marks_generated.py",
        )
        assert heard
        assert str(heard[-1]).startswith("report: ")
        (bug,) = made["suspected_bugs"]
        told = await facts(client, "explain_finding", {"id": bug["id"]})
        assert (told["kind"], told["reproduced"]) == ("suspected bug: doctest", True)
        ran = await facts(client, "run_tests", {**module, "tests": made["tests_file"]})
        assert (ran["verdict"], ran["passed"]) == ("passed", True)
        found = await facts(client, "find_survivors", {**module, "tests_path": "tests/test_marks.py"})
        assert (found["verdict"], found["passing"]) == ("passed", 1)
        assert found["survivors"]
        assert found["score"]["missing_lines"] == [9]
        told = await facts(client, "explain_finding", {"id": found["survivors"][0]["id"]})
        assert told["summary"].endswith("and no test failed.")


async def facts(client: Client, name: str, arguments: dict[str, Any], hear: Any = None) -> dict[str, Any]:
    result = await client.call_tool(name, arguments, progress_callback=hear)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def test_what_tests_print_never_reaches_the_transport(project: Path) -> None:
    async with Client(over_stdio(project, **PATIENT)) as client:
        ran = await facts(client, "run_tests", {"path": "school/marks.py", "tests": LOUD})
        assert ran["verdict"] == "passed"
        await client.list_tools()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_cancelled_run_over_stdio_leaves_no_jail(project: Path, mode: str) -> None:
    async with Client(over_stdio(project, **PATIENT), mode=mode) as client:
        server = started_with(str(project))
        await cancelled_midway(client, server)
        assert (await client.list_tools()).tools


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_cancelled_run_over_http_leaves_no_jail(project: Path, mode: str) -> None:
    with over_http(project, **PATIENT) as (program, url):
        async with Client(url, mode=mode) as client:
            await cancelled_midway(client, program.pid)
            assert (await client.list_tools()).tools


async def cancelled_midway(client: Client, server: int) -> None:
    task = asyncio.ensure_future(client.call_tool("run_tests", CALL))
    await until(lambda: has_jail(server))
    task.cancel()
    await asyncio.wait([task])
    await until(lambda: not descendants(server))
    await until(lambda: not [group for group in groups_of(server) if group.name.count("-") > 1])


async def test_a_client_that_goes_away_ends_the_server_and_its_jails(project: Path) -> None:
    async with Client(over_stdio(project, **PATIENT)) as client:
        server = started_with(str(project))
        task = asyncio.ensure_future(client.call_tool("run_tests", CALL))
        await until(lambda: has_jail(server))
        seen = with_birth([server, *descendants(server)])
    await asyncio.wait([task])
    assert task.exception()
    await until(lambda: not still(seen))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_server_on_stdio_that_is_ended_leaves_no_jail(project: Path, number: int) -> None:
    async with Client(over_stdio(project, **PATIENT)) as client:
        server = started_with(str(project))
        task = asyncio.ensure_future(client.call_tool("run_tests", CALL))
        await until(lambda: has_jail(server))
        jailed = with_birth(descendants(server))
        os.kill(server, number)
        await asyncio.wait([task])
        assert task.exception()
    await until(lambda: not still(jailed))


async def test_a_signal_ends_the_server_and_its_jails(project: Path) -> None:
    with over_http(project, AITESTGEN_DRAIN_SECONDS="0", **PATIENT) as (program, url):
        with suppress(ExceptionGroup):  # so the SDK's client tells that its server went away
            async with Client(url) as client:
                task = asyncio.ensure_future(client.call_tool("run_tests", CALL))
                await until(lambda: has_jail(program.pid))
                jailed = with_birth(descendants(program.pid))
                stopping = asyncio.ensure_future(asyncio.to_thread(stop, program, signal.SIGTERM))
                await asyncio.wait([task])
        code, _, words = await stopping
        await asyncio.gather(task, return_exceptions=True)
        assert code in {0, -signal.SIGTERM}
        assert "Traceback" not in words
        await until(lambda: not still(jailed))


async def test_a_request_from_a_page_of_elsewhere_is_refused(project: Path) -> None:
    with over_http(project) as (_, url):
        ask = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        accept = {"Accept": "application/json, text/event-stream"}
        async with httpx2.AsyncClient() as client:
            for more in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
                answer = await client.post(url, json=ask, headers={**accept, **more})
                assert answer.status_code in {403, 421}


async def test_a_token_is_wanted_where_one_is_set(project: Path) -> None:
    with over_http(project, **{"AITESTGEN_MCP_TOKEN": "s3cret"}) as (_, url):
        async with httpx2.AsyncClient() as client:
            assert (await client.post(url, json={})).status_code == 401
        headers = {"Authorization": "Bearer s3cret"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            assert (await client.list_tools()).tools


async def test_a_body_over_the_limit_is_refused(project: Path) -> None:
    with over_http(project) as (_, url):
        async with httpx2.AsyncClient() as client:
            accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
            answer = await client.post(url, content=b" " * (5 * 1024 * 1024), headers=accept)
            assert answer.status_code == 413
