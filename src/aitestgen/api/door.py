"""The door of the backend: who calls, whether they may, and how often. It reads headers alone, before any body."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from aitestgen.account import Account
from aitestgen.api.answers import Refusal
from aitestgen.api.callers import ACCOUNT, address_of
from aitestgen.api.errors import on_purpose
from aitestgen.api.page import VIEWS
from aitestgen.api.rates import Left, Rates
from aitestgen.api.rules import GUARDED, WEBSOCKET, Need, may, need_of, verbs_of
from aitestgen.errors import AitestgenError, NotAllowed, NotKnown, OverRate
from aitestgen.settings import Settings
from aitestgen.store.accounts import Accounts

READING = ("GET", "HEAD", "OPTIONS", WEBSOCKET)
CALLBACK = "/auth/callback"
"""Where a login ends."""
CLOSED = 4000
"""A WebSocket is closed with this and the status: 4401, 4403, 4429."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRules:
    """What the door goes by. Without `required` everybody is let in, and nobody is asked who they are."""

    required: bool
    login: bool
    cookie: str
    origins: frozenset[str]
    per_address: Rates
    per_caller: Rates
    failures: Rates
    """By address: keys that open nothing, and logins that fail."""

    @classmethod
    def of(cls, settings: Settings, clock: Callable[[], float]) -> "DoorRules":
        return cls(
            required=settings.accounts_required,
            login=bool(settings.oidc_issuer),
            cookie=settings.session_cookie,
            origins=_own_pages(settings),
            per_address=Rates(limit=settings.address_rate, clock=clock),
            per_caller=Rates(limit=settings.caller_rate, clock=clock),
            failures=Rates(limit=settings.failed_logins_per_minute, clock=clock),
        )


class Door:
    """Lets in who may, and puts their account into the scope. Others are answered 401, 403 or 429."""

    def __init__(self, app: ASGIApp, *, rules: DoorRules, accounts: Callable[[], Accounts]) -> None:
        self.app = app
        self.rules = rules
        self.accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not scope["path"].startswith(GUARDED):
            away = scope["type"] == "http" and await self._has_to_log_in(Request(scope))
            await (login_first(scope["path"]) if away else self.app)(scope, receive, send)
            return
        if wrong := wrong_method(scope):
            await wrong.answer(Headers(scope=scope))(scope, receive, send)
            return
        left: list[Left] = []
        try:
            await self._admit(HTTPConnection(scope), left)
        except AitestgenError as error:
            await refuse(error, scope, receive, _telling(send, left))
        else:
            send = self._judging(scope, send) if self._ends_login(scope) else send
            await self.app(scope, receive, _telling(send, left))

    async def _admit(self, connection: HTTPConnection, left: list[Left]) -> None:
        """Raises NotKnown, NotAllowed, OverRate; StoreError where it cannot be known who calls."""
        _count(self.rules.per_address, address_of(connection), left)
        if self._ends_login(connection.scope):
            self._check_failures(connection)
        account = await self._account(connection) if self.rules.required else None
        connection.scope[ACCOUNT] = account
        _count(self.rules.per_caller, account.name if account else address_of(connection), left)
        if self.rules.required:
            self._check(connection, account)

    async def _has_to_log_in(self, request: Request) -> bool:
        """Whether a browser asks for the page, and nobody has logged in there. Without a database nobody can."""
        if not self.rules.login or not VIEWS.fullmatch(request.url.path.removeprefix("/")):
            return False
        if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
            return False
        with suppress(AitestgenError):
            return await self._account(request) is None
        return False

    async def _account(self, connection: HTTPConnection) -> Account | None:
        """Raises NotKnown for a key that opens nothing, and OverRate, looking at none, where an address had too many of
        those. A session that is over is as none: the page logs in anew.
        """
        kind, _, secret = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            self._check_failures(connection)
            account = await self.accounts().by_key(secret.strip())
            if account is None:
                self.rules.failures.take(address_of(connection))
                raise NotKnown("this key is unknown, revoked or expired")
            return account
        if session := connection.cookies.get(self.rules.cookie):
            return await self.accounts().by_session(session)
        return None

    def _ends_login(self, scope: Scope) -> bool:
        return self.rules.login and scope["path"] == CALLBACK

    def _check_failures(self, connection: HTTPConnection) -> None:
        """Raises OverRate."""
        left = self.rules.failures.left(address_of(connection))
        if left and left.wait:
            raise OverRate(left.limit, left.wait, "failed logins")

    def _judging(self, scope: Scope, send: Send) -> Send:
        """Counts the login that ends with this answer where it fails."""

        async def judging(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
                self.rules.failures.take(address_of(HTTPConnection(scope)))
            await send(message)

        return judging

    def _check(self, connection: HTTPConnection, account: Account | None) -> None:
        method = str(connection.scope.get("method", WEBSOCKET))
        by_cookie = account is not None and account.by == "session"
        if by_cookie and method not in READING and not own_page(connection.headers, self.rules.origins):
            raise NotAllowed("this request does not come from the server's own page (Origin, Sec-Fetch-Site)")
        need = need_of(method, connection.scope["path"])
        if need is Need.NOTHING:
            return
        if account is None:
            raise NotKnown("say who you are: `Authorization: Bearer KEY`, or log in")
        if not may(account, need):
            raise NotAllowed(f"this account may not do that: it takes `{need}`")


def wrong_method(scope: Scope) -> Refusal | None:
    """The answer to a method that no endpoint at this address has, whoever asks; None for one that it has."""
    verbs = verbs_of(scope["path"])
    if scope["type"] != "http" or not verbs or scope["method"] in verbs:
        return None
    return Refusal(
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        code="method_not_allowed",
        detail="Method Not Allowed",
        error_type="Unknown",
        headers={"Allow": ", ".join(verbs)},
    )


def _own_pages(settings: Settings) -> frozenset[str]:
    """The origins whose pages may use the cookie."""
    others = settings.cors_origins if settings.cors_credentials else ()
    return frozenset(filter(None, (settings.public_url, *others)))


def login_first(path: str) -> RedirectResponse:
    """To the issuer, and back to this view of the page."""
    return RedirectResponse(f"/auth/login?next={path}", HTTPStatus.SEE_OTHER)


def own_page(headers: Headers, origins: frozenset[str]) -> bool:
    """Whether a browser says that one of these pages sent it. Other pages cannot make a browser say so."""
    return headers.get("sec-fetch-site") == "same-origin" or headers.get("origin", "?") in origins


def _count(rates: Rates, name: str, left: list[Left]) -> None:
    """Raises OverRate."""
    now = rates.take(name)
    if now is None:
        return
    left.append(now)
    if now.wait:
        raise OverRate(now.limit, now.wait)


def _telling(send: Send, left: list[Left]) -> Send:
    """Answers tell what is left of the limit that will be met first."""

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start" and left:
            headers = MutableHeaders(scope=message)
            for name, value in min(left, key=lambda one: one.remaining).headers.items():
                headers[name] = value
        await send(message)

    return telling


async def refuse(error: AitestgenError, scope: Scope, receive: Receive, send: Send) -> None:
    """The same answer as from a route; a WebSocket is opened, and closed with 4000 and the status."""
    if scope["type"] == "websocket":
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await socket.close(CLOSED + int(error.http_status))
        return
    answer = await on_purpose(Request(scope), error)
    await answer(scope, receive, send)
