"""Logging in at an issuer, and out again. A session is a cookie that scripts cannot read."""

import re
from http import HTTPStatus
from typing import Annotated

import httpx2
import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from aitestgen.account import new_secret
from aitestgen.api import examples
from aitestgen.api.backend import TheBackend
from aitestgen.api.callers import TheAddress
from aitestgen.api.id_token import LoginFailed
from aitestgen.api.issuer import Issuer
from aitestgen.errors import NotFound
from aitestgen.settings import Settings
from aitestgen.store.accounts import Login

LOGIN_SECONDS = 600
OWN_PATH = re.compile(r"/(?:[A-Za-z0-9._~-][A-Za-z0-9._~/?=&-]*)?")
"""An address of this server alone: `//elsewhere` and `/\\elsewhere` are read as other hosts."""
Word = Annotated[str | None, Query(max_length=2048)]

log = structlog.stdlib.get_logger("aitestgen.login")
router = APIRouter(prefix="/auth")


@router.get("/login", status_code=HTTPStatus.SEE_OTHER, response_class=Response, responses=examples.LOGIN)
async def login(backend: TheBackend, target: Annotated[str, Query(alias="next", max_length=500)] = "/") -> Response:
    """Go to the issuer; afterwards the browser is sent to `next`, which is an address of this server."""
    settings = _with_login(backend.settings)
    state, kept = new_secret(), Login(verifier=new_secret(), nonce=new_secret(), target=own_path(target))
    async with httpx2.AsyncClient() as client:
        address = await Issuer(settings=settings, client=client).address(state, kept.verifier, kept.nonce)
    await backend.accounts().begin_login(state, kept, LOGIN_SECONDS)
    answer = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    _set(answer, settings, login_cookie(settings), state, LOGIN_SECONDS)
    return answer


@router.get("/callback", status_code=HTTPStatus.SEE_OTHER, response_class=Response, responses=examples.LOGIN)
async def callback(
    request: Request, backend: TheBackend, address: TheAddress, code: Word = None, state: Word = None
) -> Response:
    """Where the issuer sends the browser back to. Only the browser that began a login can end it, and once."""
    settings = _with_login(backend.settings)
    if not state or not code or request.cookies.get(login_cookie(settings)) != state:
        raise LoginFailed("this login was not begun in this browser, or it was refused at the issuer; begin anew")
    kept = await backend.accounts().take_login(state)
    if kept is None:
        raise LoginFailed("this login was ended before, or took too long; begin anew")
    async with httpx2.AsyncClient() as client:
        person = await Issuer(settings=settings, client=client).person(code, kept.verifier, kept.nonce)
    seconds = settings.session_hours * 3600
    session = await backend.accounts().open_session(person, seconds, address)
    log.info("logged in", owner=person.owner, role=person.role)
    answer = RedirectResponse(kept.target, HTTPStatus.SEE_OTHER)
    answer.delete_cookie(login_cookie(settings), secure=_is_secure(settings), httponly=True, samesite="lax")
    _set(answer, settings, settings.session_cookie, session, int(seconds))
    return answer


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT, response_class=Response)
async def logout(request: Request, backend: TheBackend, address: TheAddress) -> Response:
    """End the session of this browser. Keys stay as they are."""
    settings = backend.settings
    if session := request.cookies.get(settings.session_cookie):
        await backend.accounts().close_session(session, address)
    answer = Response(status_code=HTTPStatus.NO_CONTENT)
    answer.delete_cookie(settings.session_cookie, secure=_is_secure(settings), httponly=True, samesite="lax")
    return answer


def own_path(target: str) -> str:
    """The path itself where it is one of this server, else the page."""
    return target if OWN_PATH.fullmatch(target) else "/"


def login_cookie(settings: Settings) -> str:
    """It ties a login to the browser that began it."""
    return f"{settings.session_cookie}-login"


def _with_login(settings: Settings) -> Settings:
    """Raises NotFound where nobody can log in here."""
    if not settings.oidc_issuer:
        raise NotFound("there is no login here (AITESTGEN_OIDC_ISSUER); callers bear keys")
    return settings


def _set(answer: Response, settings: Settings, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(name, value, max_age=seconds, secure=_is_secure(settings), httponly=True, samesite="lax")


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")
