"""The page: its built files, the policy that browsers hold them to, and what `/` says where nothing was built.

The page's own addresses are all that the API does not take; which view an address means is decided in the browser.
"""

import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

BUILD = Path(__file__).resolve().parents[1] / "page"
NONCE = "__CSP_NONCE__"
"""Stands in index.html where each answer has a word of its own: styles that bear it may be made by scripts."""
VIEWS = re.compile(r"|runs/[A-Za-z0-9._-]{1,64}|compare(?:/[A-Za-z0-9._-]{1,64}){2}|history|dashboard")
A_YEAR = "public, max-age=31536000, immutable"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NOT_BUILT = (
    "The page is not built here. With Node.js 20.19 or newer: make page\n"
    "The API works without it: /docs describes it, POST /api/generate-tests is where to start.\n"
)


class PagePath(Convertor[str]):
    """What is left for the page: everything but the API's own addresses."""

    regex = r"(?!(?:api|health|docs|redoc|openapi\.json|metrics)(?:/|$)).*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("page", PagePath())


def serve_page(app: FastAPI, build: Path = BUILD) -> None:
    """Answer GET and HEAD of the page's addresses out of `build`. Add it after the API's routes."""

    async def answer(request: Request) -> Response:
        return page_answer(request.path_params["path"], request.headers, build)

    app.add_route("/{path:page}", answer, methods=["GET"], include_in_schema=False)


def page_answer(path: str, headers: Mapping[str, str], build: Path) -> Response:
    """A built file, else the page itself: with 404 where the address is none of its views."""
    index = build / "index.html"
    if not index.is_file():
        return PlainTextResponse(NOT_BUILT, status_code=HTTPStatus.OK if not path else HTTPStatus.NOT_FOUND)
    if file := built_file(path, build):
        return _file(file, headers.get("accept-encoding", ""), hashed=path.startswith("assets/"))
    known = VIEWS.fullmatch(path) is not None
    return _index(index.read_text("utf-8"), HTTPStatus.OK if known else HTTPStatus.NOT_FOUND)


def built_file(path: str, build: Path) -> Path | None:
    """The file of that name inside the build that a browser may have; None for any other."""
    file = (build / path).resolve() if "\0" not in path else build
    inside = file.is_relative_to(build.resolve()) and file.suffix in TYPES
    return file if inside and file.is_file() else None


def _file(file: Path, accepted: str, *, hashed: bool) -> Response:
    wanted = {part.partition(";")[0].strip() for part in accepted.split(",")}
    packed = [(name, file.with_name(file.name + end)) for name, end in ENCODINGS.items() if name in wanted]
    encoding, chosen = next(((name, path) for name, path in packed if path.is_file()), ("", file))
    cache = A_YEAR if hashed else "no-cache"
    headers = {**HEADERS, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if encoding:
        headers["Content-Encoding"] = encoding
    return FileResponse(chosen, media_type=TYPES[file.suffix], headers=headers)


def _index(html: str, status: int) -> Response:
    nonce = secrets.token_urlsafe(16)
    headers = {**HEADERS, "Cache-Control": "no-store", "Content-Security-Policy": content_policy(nonce)}
    return HTMLResponse(html.replace(NONCE, nonce), status_code=status, headers=headers)


def content_policy(nonce: str) -> str:
    """Own files only, no text ever read as HTML or script. The nonce is for styles: the editor makes its own."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
