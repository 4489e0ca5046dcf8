"""Whether code reached for the network: no jail has one, so that what comes of it here is no test anywhere else."""

import functools
import socket
from collections.abc import Callable
from typing import Any

_attempts = 0


def attempts() -> int:
    """How often this process has looked a host up or connected to one, since `watch` was called."""
    return _attempts


@functools.lru_cache(maxsize=1)
def watch() -> None:
    """Count from now on; sockets of the file system do not count."""
    connect = socket.socket.connect

    def connected(own: socket.socket, address: Any) -> None:
        if own.family != socket.AF_UNIX:
            _count()
        connect(own, address)

    socket.socket.connect = connected  # type: ignore[assignment,method-assign]  # the point of it
    socket.getaddrinfo = _counted(socket.getaddrinfo)


def _counted(function: "Callable[..., Any]") -> "Callable[..., Any]":
    def counted(*arguments: Any, **named: Any) -> Any:
        _count()
        return function(*arguments, **named)

    return counted


def _count() -> None:
    global _attempts  # noqa: PLW0603 - one process, one count
    _attempts += 1
