"""`aitestgen mcp`: the tools for agents, where the SDK of their protocol is installed."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aitestgen.errors import UsageError
from aitestgen.settings import read_settings


def serve(
    folder: Path, *, http: bool, host: str | None, port: int | None, sandbox: str | None, python: Path | None
) -> int:
    """Serve over stdio or HTTP. Raises UsageError for a bad configuration, and where the SDK is missing."""
    if find_spec("mcp") is None:
        raise UsageError("the Model Context Protocol's SDK is not installed: pip install 'aitestgen[mcp]'")
    if not folder.is_dir():
        raise UsageError(f"--folder {folder}: no such folder")
    if not http and (host or port is not None):
        raise UsageError("--host and --port go with --http")
    folder = folder.resolve()
    server = import_module("aitestgen.mcp.server")  # edges do not import each other
    place: Any = server.Place(folder=folder, settings=read_settings(folder), sandbox=sandbox, python=python)
    if http:
        server.serve_http(place, host or "127.0.0.1", server.PORT if port is None else port)
    else:
        server.serve_stdio(place)
    return 0
