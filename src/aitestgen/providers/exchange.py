"""One HTTP exchange, bounded in time and size, whatever the other side does."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2

from aitestgen.errors import LLMNotConfigured, LLMUnanswered, LLMUnreachable

CONNECT_SECONDS = 10.0
ANSWER_BYTES = 4 * 1024 * 1024
"""More than any answer that is worth reading: 100,000 tokens are 0.4 MB."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole: `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
    """The reply to one request on a connection of its own, within `seconds`. Redirects are not followed.

    Raises LLMUnreachable where nothing was sent, LLMUnanswered where the answer is late, cut, compressed or over
    ANSWER_BYTES.
    """
    sent = {"Accept-Encoding": "identity", "Connection": "close", "Content-Type": "application/json", **headers}
    timeout = httpx2.Timeout(None, connect=CONNECT_SECONDS)
    try:
        async with (
            asyncio.timeout(seconds),
            httpx2.AsyncClient(verify=_tls(), trust_env=not _is_here(url), timeout=timeout) as client,
            client.stream("POST", url, content=body, headers=sent) as response,
        ):
            return Reply(response.status_code, dict(response.headers), await _bounded(response))
    except TimeoutError:
        raise LLMUnanswered(
            f"no whole answer within {seconds:g} s (AITESTGEN_LLM_TIMEOUT_SECONDS)", again=False
        ) from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise LLMUnreachable(f"no connection to {_host(url)}: {_words(error)}") from error
    except (httpx2.InvalidURL, ValueError, ImportError) as error:
        raise LLMNotConfigured("a proxy of the environment cannot be used: look at HTTPS_PROXY and the like") from error
    except httpx2.HTTPError as error:
        raise LLMUnanswered(f"the answer was cut: {_words(error)}") from error


async def _bounded(response: httpx2.Response) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise LLMUnanswered("the answer is compressed, though that was not asked for", again=False)
    kept = bytearray()
    async for chunk in response.aiter_raw():
        kept += chunk
        if len(kept) > ANSWER_BYTES:
            raise LLMUnanswered(f"the answer is larger than {ANSWER_BYTES} bytes", again=False)
    return bytes(kept)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _is_here(url: str) -> bool:
    """Whether the address is this machine's: then the proxies of the environment are not for it."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _words(error: Exception) -> str:
    words = str(error) or type(error).__name__
    advice = " (install ca-certificates, or set SSL_CERT_FILE)" if "CERTIFICATE_VERIFY_FAILED" in words else ""
    return words + advice
