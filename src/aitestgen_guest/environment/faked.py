"""What each fake stands in for, what it answers where nothing else is wanted, and how it fails."""

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from aitestgen_guest.environment import fakes


class Faked(NamedTuple):
    """One fake. `mentioned` is the pattern of sources that need it; `places` are module or class, name, and the
    attribute of the fake that stands there; `errors` and `plain` are answers as source text, as is `answer` with a
    place for status and body. Without the package the fake is of no use. `made_with` are options of the places' classes
    that spare what no fake needs: looking for proxies in the environment, and reading certificates.
    """

    kind: type
    mentioned: str
    places: "tuple[tuple[str, str, str], ...]"
    plain: str
    errors: "tuple[str, ...]"
    answer: str = "({}, {})"
    package: str = ""
    made_with: "tuple[tuple[str, Any], ...]" = ()


def _httpx(package: str) -> "dict[str, Faked]":
    """The fakes of a package with the interface of HTTPX."""
    kinds = {
        f"{package}_server": ("Client", fakes.FakeHttpx),
        f"{package}_async_server": ("AsyncClient", fakes.FakeAsyncHttpx),
    }
    return {
        name: Faked(
            kind,
            rf"^\s*(import|from) {package}\b",
            ((f"{package}.{client}", "send", ""),),
            f'{package}.Response(200, content=b"{{}}")',
            (f'{package}.ConnectError("unreachable")', f'{package}.ReadTimeout("timed out")'),
            f"{package}.Response({{}}, content={{}})",
            package,
            (("trust_env", False), ("verify", False)),
        )
        for name, (client, kind) in kinds.items()
    }


FAKED = {
    "web": Faked(
        fakes.FakeWeb,
        r"\burllib\.request\b|\burlopen\b",
        (("urllib.request", "urlopen", ""),),
        '(200, b"{}")',
        (
            'TimeoutError("timed out")', 'urllib.error.URLError("unreachable")',
            'urllib.error.HTTPError("http://example.org", 404, "Not Found", None, None)',
            'urllib.error.HTTPError("http://example.org", 503, "Unavailable", None, None)',
        ),
    ),
    "http": Faked(
        fakes.FakeRequests,
        r"^\s*(import|from) requests\b",
        (("requests.Session", "request", ""),),
        '(200, b"{}")',
        ('requests.ConnectionError("unreachable")', 'requests.Timeout("timed out")'),
        package="requests",
    ),
    **_httpx("httpx"),
    **_httpx("httpx2"),
    "commands": Faked(
        fakes.FakeCommands,
        r"\bsubprocess\b",
        (("subprocess", "Popen", ""),),
        '(0, "")',
        (
            'FileNotFoundError(2, "No such file")', 'subprocess.TimeoutExpired("program", 5)',
            'OSError("not allowed")',
        ),
    ),
    "network": Faked(
        fakes.FakeNetwork,
        r"^\s*(import|from) socket\b",
        (("socket", "socket", ".connection"), ("socket", "create_connection", ".create_connection")),
        'b""',
        ('ConnectionRefusedError(111, "refused")', 'TimeoutError("timed out")', 'socket.gaierror(-2, "unknown host")'),
    ),
    "streams": Faked(
        fakes.FakeStreams,
        r"\bopen_connection\b|\bStream(Reader|Writer)\b|\bawait [\w.]+\.(readline|readexactly|readuntil|drain)\(",
        (("asyncio", "open_connection", ".open_connection"),),
        'b""',
        ('ConnectionRefusedError(111, "refused")', 'TimeoutError("timed out")'),
    ),
    "mail": Faked(
        fakes.FakeMail,
        r"\bsmtplib\b",
        (("smtplib", "SMTP", ""), ("smtplib", "SMTP_SSL", "")),
        "None",
        ('smtplib.SMTPException("rejected")', 'ConnectionRefusedError(111, "refused")'),
    ),
}  # fmt: skip
SERVERS = ("web", *(name for name, fake in FAKED.items() if fake.package))
"""The fakes that answer with a status and a body."""
_MODULES = ("asyncio", "smtplib", "socket", "subprocess", "urllib", "urllib.error", "urllib.request", "uuid")
_names: "dict[str, Any]" = {}


def usable(names: "set[str]") -> "set[str]":
    """The names without those of fakes whose package is not there: code may do without it, as in a `try`."""
    return {name for name in names if name not in FAKED or not FAKED[name].package or _provided(FAKED[name])}


def _provided(fake: Faked) -> bool:
    try:
        _names[fake.package] = importlib.import_module(fake.package)
        for owner, _, _ in fake.places:
            pkgutil.resolve_name(owner)
    except (ImportError, AttributeError):
        return False
    fakes.requests = _names.get("requests")
    return True


def answering() -> "dict[str, Any]":
    """The names that answers and held values are written with."""
    if "UUID" not in _names:
        for name in _MODULES:
            importlib.import_module(name)
        _names.update({name: importlib.import_module(name) for name in _MODULES if "." not in name})
        _names["UUID"] = _names["uuid"].UUID
    return dict(_names)


def place_of(tested: ModuleType, owner: str, name: str) -> "tuple[Any, str]":
    """Where the code under test looks a name up: in its own module, or in the module or class that it is at home in."""
    home = pkgutil.resolve_name(owner)
    if vars(tested).get(name) is getattr(home, name):
        return tested, f"{tested.__name__}.{name}"
    return home, f"{owner}.{name}"


def made_with(make: "Callable[..., None]", options: "tuple[tuple[str, Any], ...]") -> "Callable[..., None]":
    """An `__init__` that gets these options whatever it is called with."""

    def made(self: Any, *arguments: Any, **named: Any) -> None:
        make(self, *arguments, **{**named, **dict(options)})

    return made
