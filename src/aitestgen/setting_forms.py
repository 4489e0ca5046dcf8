"""How single settings are written, addresses, prices, tokens, and how a wrong one is told."""

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

TOKEN = re.compile(r"[!-~]+")
PRICE = re.compile(r"(?P<model>[!-<>-~]+)=(?P<input>\d+(?:\.\d+)?)/(?P<output>\d+(?:\.\d+)?)")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def network(written: str, number: int) -> str:
    """The address, or the network, itself. Raises ValueError, which tells the `number` of the entry."""
    try:
        ip_network(written)
    except ValueError:
        raise ValueError(f"entry {number} is neither an IP address nor a network such as 10.0.0.0/8") from None
    return written


def price(written: str) -> tuple[str, float, float]:
    """Model, and US dollars for a million tokens in and out. Raises ValueError."""
    parts = PRICE.fullmatch(written)
    if parts is None:
        raise ValueError("write PROVIDER:MODEL=INPUT/OUTPUT, in US dollars for a million tokens, comma separated")
    return parts["model"], float(parts["input"]), float(parts["output"])


def service_url(url: str, which: str, secret: str) -> str:
    """The URL without a slash at its end.

    Raises ValueError, which tells `which` URL it is and what setting takes its `secret`, and never the URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"{which} cannot be read: write http://HOST:PORT") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError(f"{which} is no address of a service: write http://HOST:PORT or https://HOST")
    if "@" in parts.netloc:
        raise ValueError(f"{which} holds a name or a password: remove it, and set {secret}")
    if parts.query or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"{which} holds more than an address: write http://HOST:PORT, perhaps with a path")
    return url.rstrip("/")


def explained(item: Mapping[str, Any]) -> str:
    """One of pydantic's errors in words, without the value."""
    name = str(item["loc"][0]) if item["loc"] else ""
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message
