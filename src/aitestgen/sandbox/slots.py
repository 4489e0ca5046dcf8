"""A user id for each jail that runs at the same time, so that no two share one (credentials(7))."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from aitestgen.errors import SandboxError

FIRST_UID = 200_001
MOST = 4096


@contextmanager
def user_slot() -> Iterator[int | None]:
    """Hold a user id that no other jail of this machine has now; None where we are not root and stay who we are.

    The id is held by an abstract socket of its name: the kernel frees it whenever the holder ends. Raises SandboxError
    when all are taken.
    """
    if os.getuid() != 0:
        yield None
        return
    for uid in range(FIRST_UID, FIRST_UID + MOST):
        with socket.socket(socket.AF_UNIX) as holder:
            try:
                holder.bind(f"\0aitestgen-uid-{uid}")
            except OSError:
                continue
            yield uid
            return
    raise SandboxError(f"all {MOST} user ids for jails are taken: wait, or run fewer at once")
