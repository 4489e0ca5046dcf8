"""`aitestgen serve` and `aitestgen sandbox-service`."""

import signal

from aitestgen import wiring
from aitestgen.settings import read_settings

GRACE_SECONDS = 2
"""What running requests get on SIGTERM before they are cancelled, and their jails killed."""


def serve_backend(host: str | None, port: int | None) -> int:
    return _serve("aitestgen.api.app:from_environment", host, port, default_port=8000)


def serve_sandbox(host: str | None, port: int | None) -> int:
    return _serve("aitestgen.api.sandbox_service:from_environment", host, port, default_port=8001)


def _serve(factory: str, host: str | None, port: int | None, default_port: int) -> int:
    """Serve until SIGTERM or Ctrl-C. Raises UsageError, before anything listens, for a bad configuration."""
    import uvicorn

    settings = read_settings()
    wiring.interpreters(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_handled)
    chosen = next(p for p in (port, settings.port, default_port) if p is not None)
    uvicorn.run(
        factory,
        factory=True,
        host=host or settings.host,
        port=chosen,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return 0


def _already_handled(_number: int, _frame: object) -> None:
    """uvicorn raises the signal again once it has stopped cleanly; that is an end, not an error."""
