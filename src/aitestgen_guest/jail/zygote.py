"""The zygote: trusted, alone in an outer jail, with everything imported that its program needs before it has a job.

For each order of the host it forks a jail: a process in namespaces of its own whose pid 1 has already forked the
process that is to be the guest, and that now wait for their job. Nothing untrusted ever runs in the zygote itself. It
has no capability either: those that make a jail are had in its own new user namespace, and given up there.
"""

import base64
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from aitestgen_guest.jail import namespaces
from aitestgen_guest.jail.bootstrap import Channel, Duty, attend
from aitestgen_guest.jail.guest import Arrival, become_guest, load

ORDER_BYTES = 1 << 16
MOST_DESCRIPTORS = 16


def main(control: int) -> None:
    """Serve orders on the SOCK_SEQPACKET socket `control` until the host hangs up.

    The first message is a JSON object: `program`, `tmp_bytes`, `covered` (shown paths below
    /tmp and /dev/shm, the outermost), `seccomp` (the filter, as base64). The answer is
    `ready`. Each order carries descriptors: the channel of the new pid 1, its output, and the entrances of its control
    group. The answer is the order's own text and a descriptor of that process (pidfd_open(2)), which ends last of all
    in its jail.
    """
    orders = socket.socket(fileno=control)
    settings = json.loads(orders.recv(ORDER_BYTES))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # as pid 1 of the outer jail: whoever ends is not waited for
    _warm_up(settings["program"])
    become_guest(settings["program"], partial(_next_guest, orders, settings))


def _warm_up(name: str) -> None:
    """Import everything, and do once what is done for the first time."""
    program = load(name)
    if hasattr(program, "rehearse"):
        program.rehearse()


def _next_guest(orders: socket.socket, settings: "dict[str, Any]") -> Arrival:
    """Fork a jail for each order; returns only in the processes that are to be guests."""
    gc.collect()
    gc.freeze()
    sys.stdout.flush()
    kept = _null_devices()
    orders.send(b"ready")
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, ORDER_BYTES, MOST_DESCRIPTORS)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            return _jail(partial(_answer, orders, message), settings, kept, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _answer(orders: socket.socket, order: bytes, pid1: int) -> None:
    if pid1:
        socket.send_fds(orders, [order], [os.pidfd_open(pid1)])
    orders.close()


def _jail(
    answer: "Callable[[int], None]",
    settings: "dict[str, Any]",
    kept: "list[int]",
    channel: int,
    output: int,
    *entrances: int,
) -> Arrival:
    """In a fork of the zygote: one more fork is pid 1 of the jail, and goes on alone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    namespaces.unshare()
    inner = os.fork()
    answer(inner)
    if inner != 0:
        os._exit(0)
    for entrance in entrances:
        os.write(entrance, b"0")
        os.close(entrance)
    namespaces.unshare_cgroups()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    fill = namespaces.lay_out(settings["tmp_bytes"], settings["covered"])
    namespaces.give_up_everything(base64.b64decode(settings["seccomp"]))
    arrival = attend(Channel(channel, channel), Duty(take_files=fill, keep=kept))()
    gc.unfreeze()  # for the guest all objects are as they are in a cold start
    return arrival


def _null_devices() -> "list[int]":
    """Descriptors of ours that may stay open in guests, as pytest's logging wants: they lead nowhere."""
    numbers = (int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208  # names are all we need
    return [number for number in numbers if number > 2 and _leads_to(number) == os.devnull]


def _leads_to(descriptor: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115  # a link in /proc, not a path
    except OSError:  # the descriptor of the listing itself
        return ""
