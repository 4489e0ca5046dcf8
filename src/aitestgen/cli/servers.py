"""`aitestgen serve` and `aitestgen sandbox-service`."""

import asyncio

from aitestgen import wiring
from aitestgen.errors import UsageError
from aitestgen.settings import Settings, read_settings


def serve_backend(host: str | None, port: int | None) -> int:
    """Raises StoreError, before anything listens, where the database of jobs cannot be used."""
    settings = _at(host)
    asyncio.run(_check_store(settings))
    return _serve("aitestgen.api.app:from_settings", settings, port, default_port=8000)


async def _check_store(settings: Settings) -> None:
    """Raises UsageError where accounts are required, and nobody could have one."""
    accounts = await asyncio.to_thread(wiring.open_accounts, settings)
    try:
        if settings.accounts_required and not settings.oidc_issuer and not await accounts.has_keys():
            raise UsageError(
                f"{settings.host}: others than this machine could call, and nobody has a key: make one with `aitestgen "
                "keys create OWNER`, set up a login (AITESTGEN_OIDC_ISSUER), listen on 127.0.0.1, or let everybody in "
                "with AITESTGEN_ACCOUNTS=open"
            )
    finally:
        await accounts.database.aclose()


def serve_sandbox(host: str | None, port: int | None) -> int:
    return _serve("aitestgen.api.sandbox_service:from_settings", _at(host), port, default_port=8001)


def _at(host: str | None) -> Settings:
    """The settings, with the address that the command line names."""
    settings = read_settings()
    return settings.model_copy(update={"host": host}) if host else settings


def _serve(factory: str, settings: Settings, port: int | None, default_port: int) -> int:
    """Serve until SIGTERM or Ctrl-C. Raises UsageError, before anything listens, for a bad configuration."""
    from uvicorn.importer import import_from_string

    from aitestgen.cli.draining import DrainingServer

    wiring.interpreters(settings)
    chosen = next(p for p in (port, settings.port, default_port) if p is not None)
    DrainingServer(import_from_string(factory)(settings), settings, host=settings.host, port=chosen).run()
    return 0
