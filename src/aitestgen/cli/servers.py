"""`aitestgen serve` and `aitestgen sandbox-service`."""

import asyncio

from aitestgen import wiring
from aitestgen.settings import read_settings


def serve_backend(host: str | None, port: int | None) -> int:
    """Raises StoreError, before anything listens, where the database of jobs cannot be used."""
    asyncio.run(wiring.open_store(read_settings()).aclose())
    return _serve("aitestgen.api.app:from_environment", host, port, default_port=8000)


def serve_sandbox(host: str | None, port: int | None) -> int:
    return _serve("aitestgen.api.sandbox_service:from_environment", host, port, default_port=8001)


def _serve(factory: str, host: str | None, port: int | None, default_port: int) -> int:
    """Serve until SIGTERM or Ctrl-C. Raises UsageError, before anything listens, for a bad configuration."""
    from uvicorn.importer import import_from_string

    from aitestgen.cli.draining import DrainingServer

    settings = read_settings()
    wiring.interpreters(settings)
    chosen = next(p for p in (port, settings.port, default_port) if p is not None)
    DrainingServer(import_from_string(factory)(), settings, host=host or settings.host, port=chosen).run()
    return 0
