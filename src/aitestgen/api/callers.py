"""Who calls: whose requests take turns with whose, and whose jobs are whose."""

from ipaddress import IPv6Address, ip_address
from typing import Annotated, NamedTuple

from fastapi import Depends
from starlette.requests import HTTPConnection

from aitestgen.account import Account, Deed, Role

ACCOUNT = "aitestgen.account"
"""Where the door puts the account into the scope."""
NETWORK_BITS = 64
"""Of an IPv6 address: what one subscriber is given at least, who may choose the rest anew for each request."""


class Origin(NamedTuple):
    """Whose limits a request meets: the caller's, and beside them those of the address that it came from ("" where
    there is none). Without accounts both are the same.
    """

    caller: str
    address: str


def account_of(connection: HTTPConnection) -> Account | None:
    """Whom the door has recognized; None where it asks nobody, and for those who need not say who they are."""
    account: Account | None = connection.scope.get(ACCOUNT)
    return account


def caller_of(connection: HTTPConnection) -> str:
    """The account's name; without accounts the network address."""
    account = account_of(connection)
    return account.name if account else address_of(connection)


def origin_of(connection: HTTPConnection) -> Origin:
    """Who asks, and from where."""
    return Origin(caller_of(connection), address_of(connection))


def view_of(connection: HTTPConnection) -> str | None:
    """Whose jobs the caller may see: None, everybody's, for an administrator."""
    account = account_of(connection)
    return None if account and account.role is Role.ADMIN else caller_of(connection)


def doer_of(connection: HTTPConnection) -> Deed:
    """The audit log's entry for what the caller does; the action is still to be named."""
    return Deed(actor=caller_of(connection), action="", address=address_of(connection))


def address_of(connection: HTTPConnection) -> str:
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
TheOrigin = Annotated[Origin, Depends(origin_of)]
TheView = Annotated[str | None, Depends(view_of)]
TheAccount = Annotated[Account | None, Depends(account_of)]
TheDoer = Annotated[Deed, Depends(doer_of)]
TheAddress = Annotated[str, Depends(address_of)]
