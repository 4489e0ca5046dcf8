"""What a host has that no guest may see, reach or change: planted before the guests run, looked at after them."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SECRET = "a-secret-of-the-host"  # noqa: S105  # bait
FOLDER = Path("/var/tmp") if Path("/var/tmp").is_dir() else Path(tempfile.gettempdir())  # noqa: S108  # none of the jail's own names


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Bait of one host. Everything is named after `port`, so that a guest which knows the port knows all the names."""

    port: int
    folder: Path
    listeners: tuple[socket.socket, ...]

    def touched(self) -> list[str]:
        """What is not as it was, by name."""
        return [
            *(f"{_name(server)} was reached" for server in self.listeners if _reached(server)),
            *([] if os.environ.get(variable(self.port)) == SECRET else ["the environment was changed"]),
            *([] if self._files() == {"secret": SECRET} else ["the files were changed"]),
        ]

    def _files(self) -> dict[str, str]:
        return {file.name: file.read_text(encoding="utf-8") for file in self.folder.iterdir() if file.is_file()}


@contextmanager
def bait() -> Iterator[Host]:
    """A file, a secret in the environment, and listeners: TCP, an abstract socket, and one in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        port = tcp.getsockname()[1]
        folder = FOLDER / f"aitestgen-bait-{port}"
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        (folder / "secret").write_text(SECRET, encoding="utf-8")
        (folder / "secret").chmod(0o666)
        os.environ[variable(port)] = SECRET
        try:
            with _unix(f"\0{abstract(port)}") as hidden, _unix(str(folder / "socket")) as named:
                (folder / "socket").chmod(0o777)
                yield Host(port=port, folder=folder, listeners=(tcp, hidden, named))
        finally:
            del os.environ[variable(port)]
            for name in ("secret", "socket"):
                (folder / name).unlink(missing_ok=True)
            folder.rmdir()


def variable(port: int) -> str:
    """The environment variable that holds the secret."""
    return f"AITESTGEN_BAIT_{port}"


def abstract(port: int) -> str:
    """The name of the abstract socket."""
    return f"aitestgen-bait-{port}"


def _unix(address: str) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(address)
    server.listen()
    return server


def _reached(server: socket.socket) -> bool:
    """Whether anybody connected."""
    server.setblocking(False)
    with suppress(BlockingIOError):
        server.accept()[0].close()
        return True
    return False


def _name(server: socket.socket) -> str:
    return str(server.getsockname())
