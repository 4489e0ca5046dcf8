"""Which container engines this machine has, and what they lack for running jails. No jail needs them."""

import shutil
import subprocess

from aitestgen.sandbox.container_engine import ENGINES, IMAGE
from aitestgen.sandbox.container_trouble import build_command

ANSWER_SECONDS = 10.0
VERSION = {"podman": "{{.Client.Version}}", "docker": "{{.Server.Version}}"}
RUNTIME = {"podman": "{{.Host.OCIRuntime.Name}}", "docker": "{{.DefaultRuntime}}"}


def examine_containers(image: str = "", runtime: str = "") -> tuple[bool, str, str]:
    """Whether an engine could run jails, what was found, and what helps. Nothing is changed."""
    found = [engine for engine in ENGINES if shutil.which(engine)]
    if not found:
        return False, "neither podman nor docker (not needed)", ""
    states = [_state(engine, image or IMAGE, runtime) for engine in found]
    fixes = [fix for _, fix in states if fix]
    what = "; ".join(what for what, _ in states) + " (not needed)"
    return len(fixes) < len(found), what, fixes[0] if len(fixes) == len(found) else ""


def _state(engine: str, image: str, runtime: str) -> tuple[str, str]:
    """What one engine has, and what helps where it cannot run jails."""
    version = _answer(engine, "version", "--format", VERSION[engine])
    if version is None:
        return f"{engine} does not answer", f"{engine} info"
    by = runtime or _answer(engine, "info", "--format", RUNTIME[engine]) or "no runtime"
    name = f"{engine} {version} with {by}"
    if _answer(engine, "image", "inspect", "--format", "{{.Id}}", image) is None:
        return f"{name}, without the image {image}", build_command(engine)
    return f"{name} and the image {image}", ""


def _answer(engine: str, *words: str) -> str | None:
    """What the client says; None where it fails or is silent."""
    try:
        done = subprocess.run(  # noqa: S603  # an engine's own client, with our arguments
            [engine, *words], input="", capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
