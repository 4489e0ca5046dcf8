"""The real Podman for tests: found or demanded, with an image of today's guest programs, and runs for it."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aitestgen.sandbox.container import ContainerSandbox
from aitestgen.sandbox.container_engine import LABEL
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.library import guest_digest
from aitestgen.values import Limits, Run, RunResult

ROOT = Path(__file__).resolve().parents[2]
IMAGE = f"localhost/aitestgen-guest:tests-{guest_digest()[:12]}-py{sys.version_info[0]}.{sys.version_info[1]}"
"""Named after what is in it: several checkouts may share one store of images."""

RUNTIMES = ROOT / "build" / "runtimes"
GUEST_LABEL = '{{index .Config.Labels "aitestgen.guest"}}'

QUICK = Limits(wall_seconds=10.0, cpu_cores=2.0)
PASSES = "from user_code import double\ndef test_a(): assert double(2) == 4\n"
SLEEPS = "import time\ndef test_a(): time.sleep(60)\n"
HUNGRY_CHILDREN = """
import os, time
def test_a():
    for _ in range(8):
        if os.fork() == 0:
            x = bytearray(b'x') * (64 << 20); time.sleep(9)
    time.sleep(9)
"""


def podman(*words: str, check: bool = True) -> str:
    """What the client says on stdout."""
    client = shutil.which("podman") or "podman"
    return subprocess.run([client, *words], input="", capture_output=True, text=True, check=check).stdout.strip()


def demand_podman() -> None:
    """Skip the test where Podman is missing; fail it where continuous integration has to have it."""
    if shutil.which("podman") is None:
        reason = "podman is not installed: .ci/install-podman does it; NOTHING OF THE CONTAINERS IS TESTED"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def build_image() -> None:
    """Build the image, unless the one that is there holds today's guest programs."""
    if podman("image", "inspect", "--format", GUEST_LABEL, IMAGE, check=False) != guest_digest():
        build = ROOT / "deploy" / "sandbox-guest" / "build-from-local"
        subprocess.run([sys.executable, build, "--engine", "podman", "--image", IMAGE], check=True, capture_output=True)


def containers_of(pid: int, *, standby: bool = True) -> list[str]:
    """The names of all containers that this process made and that the engine still knows.

    Without `standby`: but for those that stand ready.
    """
    form = "{{.Names}} {{.Command}}"
    lines = podman("ps", "--all", "--no-trunc", "--filter", f"label={LABEL}", "--format", form).splitlines()
    ours = [line for line in lines if line.startswith(f"aitestgen-{pid}-")]
    return [line.partition(" ")[0] for line in ours if standby or "rehearsed=True" not in line]


def a_run(tests: str = PASSES, **more: Any) -> Run:
    files = {"user_code.py": b"def double(x):\n    return 2 * x\n", "test_user_code.py": tests.encode()}
    job = {"tests": ["test_user_code.py"], "trace": "/job/user_code.py", "path": []} | more.pop("job", {})
    fields = {"interpreter": own_interpreter(), "limits": QUICK, "files": files | more.pop("files", {})} | more
    return Run(program="run_tests", job=job, **fields)


def once(sandbox: ContainerSandbox, run: Run) -> RunResult:
    """One run, waited for until its container is gone."""

    async def whole() -> RunResult:
        try:
            return await sandbox.run(run)
        finally:
            await sandbox.aclose()

    return asyncio.run(whole())
