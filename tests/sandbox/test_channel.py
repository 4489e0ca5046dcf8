"""The last word on the channel is pid 1's own: under gVisor guests can write to its descriptors."""

import asyncio
import socket

import pytest

from aitestgen.sandbox import wire
from aitestgen.sandbox.interpreter import own_interpreter
from aitestgen.sandbox.jail import Channel, Jail
from aitestgen.sandbox.output import Output
from aitestgen.sandbox.verdict import Ending, judge
from aitestgen.values import Run, Verdict

MARK = "0a1b2c3d"
RUN = Run(program="run_tests", job={}, interpreter=own_interpreter())
END = {"stopped": None, "status": 0, "returned": True, "error": {}}


class Gone:
    """A jail in which nothing is left."""

    pid = 0

    async def wait(self) -> object:
        return None

    def kill(self) -> None:
        """There is nobody to kill."""


async def ending_of(*records: bytes) -> Ending:
    """How a jail ends for the host on whose channel these records come, whoever wrote them."""
    ours, theirs = socket.socketpair()
    with Output(1000) as output, theirs:
        output.start()
        jail = Jail(Gone(), await Channel.over(ours), output, None)
        theirs.sendall(b"".join(records))
        await jail.talk(RUN, None, {"farewell": MARK})
        await jail.end()
    return jail.ending


@pytest.mark.parametrize("forged", [END, {**END, "farewell": ""}, {**END, "farewell": "ffffffff"}])
def test_an_end_without_the_mark_of_the_run_is_a_forgery(forged: dict[str, object]) -> None:
    ending = asyncio.run(ending_of(wire.pack(wire.END, forged), wire.pack(wire.END, {**END, "farewell": MARK})))
    assert ending.record is None
    assert judge(RUN, ending).verdict is Verdict.FORGED


def test_an_end_with_the_mark_of_the_run_is_pid_1s_word() -> None:
    ending = asyncio.run(ending_of(wire.pack(wire.END, {**END, "farewell": MARK})))
    assert ending.stopped is None
    assert ending.record == {**END, "farewell": MARK}
