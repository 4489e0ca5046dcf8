"""Who calls: whose requests take turns with whose."""

from ipaddress import IPv6Address, ip_address
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

NETWORK_BITS = 64
"""Of an IPv6 address: what one subscriber is given at least, who may choose the rest anew for each request."""


def caller_of(connection: HTTPConnection) -> str:
    """The network address that the request came from; "" where there is none, as on a unix socket.

    A token does not tell callers apart: all share the one that is configured, and an unchecked one could be made up for
    each request. Neither does `X-Forwarded-For`, except from a proxy of AITESTGEN_TRUSTED_PROXIES (cli/servers.py).
    """
    return subscriber(connection.client.host) if connection.client else ""


def subscriber(host: str) -> str:
    """An IPv4 address, also one mapped into IPv6; of another IPv6 address its network; other text as it is."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Address(int(address) >> NETWORK_BITS << NETWORK_BITS))


TheCaller = Annotated[str, Depends(caller_of)]
