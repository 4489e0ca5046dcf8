"""Guests that write to the pipe of the records themselves: whatever may be said wrongly there, they say."""

from textwrap import dedent

from tests.sandbox.guest import Guest, at_import

from aitestgen.values import Verdict

PIPE = r"""
import json, os, stat, sys, time
NAME = "test_user_code.py::test_add"
def record(body, kind=b"f"):
    data = kind + (body if isinstance(body, bytes) else json.dumps(body).encode())
    return len(data).to_bytes(4, "big") + data
def pipes():
    found = {}
    for fd in range(3, 256):
        try: status = os.fstat(fd)
        except OSError: continue
        if stat.S_ISFIFO(status.st_mode): found.setdefault((status.st_dev, status.st_ino), []).append(fd)
    return [fds[0] for fds in found.values() if len(fds) == 1], [fds[0] for fds in found.values() if len(fds) > 1]
[PIPE], OUTPUT = pipes()  # what is printed goes to one pipe, of which pytest keeps two descriptors
def send(*records):
    data = memoryview(b"".join(records))
    while data: data = data[os.write(PIPE, data):]
def end(**more): return record({"ev": "end", "id": NAME, "outcome": "passed", "seconds": 0.1, "message": ""} | more)
COLLECTED, START = record({"ev": "collected", "ids": [NAME]}), record({"ev": "start", "id": NAME})
SESSION, DONE = record({"ev": "session", "status": 0}), record({}, b"d")
"""


def says(name: str, body: str, *verdicts: Verdict, tier_b: bool = False) -> Guest:
    """A guest whose module sends what `body` sends when it is imported, and whose test must fail."""
    return at_import(name, PIPE + dedent(body), *(verdicts or (Verdict.FORGED,)), tier_b=tier_b)


SPOKEN = (
    says("a whole session, then exit", "send(COLLECTED, START, end(), SESSION, DONE); os._exit(0)", tier_b=True),
    says("a whole session, then the true one", "send(COLLECTED, START, end(), SESSION)", tier_b=True),
    says("collected, before it is", "send(COLLECTED)"),
    says("a start before the collection", "send(START)"),
    says("an end without a start", "send(end())"),
    says("an end, twice", "send(COLLECTED, START, end(), end(), SESSION, DONE); os._exit(0)", tier_b=True),
    says("arcs of a test that is not there", "send(record({'ev': 'arcs', 'id': NAME, 'arcs': [[1, 2]]}))"),
    says("arcs of its import", "send(record({'ev': 'arcs', 'id': '', 'arcs': [[1, 2]]}))", Verdict.FAILED),
    says("a canary of its own", "send(record({'ev': 'canary', 'id': NAME, 'want': 'passed'}))"),
    says("accuses itself", "send(record({'ev': 'tampered', 'what': 'nothing'}))"),
    says("a collection error", "send(record({'ev': 'collect_error', 'id': 'x', 'text': 'y'}))", Verdict.NOT_COLLECTED),
    says("the session's end, at once", "send(SESSION)"),
    says("an event that does not exist", "send(record({'ev': 'victory'}))"),
    says("no event", "send(record({}))"),
    says("done, at once", "send(DONE)", tier_b=True),
    says("done, twice", "send(DONE, DONE); os._exit(0)"),
    says("done, then exit", "send(DONE); os._exit(0)", Verdict.NOT_COLLECTED),
    says("raised, then exit", "send(record({'type': 'SystemExit', 'text': ''}, b'r')); os._exit(0)", Verdict.ERRORED),
    says("raised what cannot be", "send(record({'type': [], 'text': {}}, b'r')); os._exit(0)", Verdict.ERRORED),
    *(says(f"pid 1's word: {kind}", f"send(record({{'status': 0}}, b'{kind}'))") for kind in "EHFJ"),
)

ODD = (
    says("a record of length 0", "send(bytes(4))"),
    says("a record of length -1", "send(b'\\xff' * 4)", tier_b=True),
    says("half a record, then exit", "send(COLLECTED[:20]); os._exit(0)", Verdict.INCOMPLETE),
    says("half a record, then the true ones", "send(COLLECTED[:20])"),
    says(
        "a record that swallows the rest", "send((4 << 20).to_bytes(4, 'big') + b'f')", Verdict.INCOMPLETE, tier_b=True
    ),
    says(
        "a record of 5 MiB",
        "send(record({'ev': 'x' * (5 << 20)}))",
        Verdict.OUTPUT_LIMIT,
        tier_b=True,
    ),
    says("a last word of 5 MiB", "send(record({'type': 'x' * (5 << 20)}, b'r'))", Verdict.OUTPUT_LIMIT),
    says("5 MiB of a kind that does not exist", "send(record(b'x' * (5 << 20), b'F'))"),
    says("more than all records may have", "send((33 << 20).to_bytes(4, 'big') + b'f' + b' ' * (5 << 20))"),
    says("a header of 5 MiB, then exit", "send((5 << 20).to_bytes(4, 'big') + b'f'); os._exit(0)", Verdict.INCOMPLETE),
    says("no JSON", "send(record(b'collected'))"),
    says("JSON, but no object", "send(record(b'[]'))"),
    says("invalid UTF-8", 'send(record(b\'{"ev": "\\xff\\xfe"}\'))'),
    says(
        "lone surrogates",
        'send(record(b\'{"ev": "collect_error", "id": "\\\\ud800", "text": "\\\\udfff"}\'))',
        Verdict.NOT_COLLECTED,
    ),
    says("a number of 4000 digits", "send(COLLECTED, START, end(seconds=10 ** 4000), SESSION, DONE); os._exit(0)"),
    says("a number of a million digits", "send(record(b'{\"ev\": ' + b'9' * 10 ** 6 + b'}'))", tier_b=True),
    says("a float that is none", "send(COLLECTED, START, end(seconds=float('nan')), SESSION, DONE); os._exit(0)"),
    says("an endless time", "send(COLLECTED, START, end(seconds=float('inf')), SESSION, DONE); os._exit(0)"),
    says("a time before the start", "send(COLLECTED, START, end(seconds=-1), SESSION, DONE); os._exit(0)"),
    says("a time that is a text", "send(COLLECTED, START, end(seconds='1'), SESSION, DONE); os._exit(0)"),
    says("lines without bound", "send(record({'ev': 'arcs', 'id': '', 'arcs': [[10 ** 3000, -10 ** 3000]]}))"),
    *(
        says(
            f"JSON nested {depth} deep",
            f"send(record(b'{{\"ev\": ' + b'[' * {depth} + b']' * {depth} + b'}}'))",
            tier_b=depth == 960,
        )
        for depth in (200, 930, 960, 985, 20_000)
    ),
    says("wrong types", "send(record({'ev': ['collected'], 'ids': None}))"),
    says("ids without number", "send(record({'ev': 'collected', 'ids': ['x'] * 100_000}))"),
)

FLOODS = (
    says(
        "a flood of small records",
        "while True: send(record({}) * 5_000)",
        Verdict.TIMED_OUT,
        Verdict.OUTPUT_LIMIT,
        tier_b=True,
    ),
    says(
        "a flood of large records",
        "big = record({'ev': 'x' * 3_900_000})\nwhile True: send(big)",
        Verdict.OUTPUT_LIMIT,
        tier_b=True,
    ),
    says(
        "a record in drops, by many hands",
        """
        send((4 << 20).to_bytes(4, "big") + b"f")
        for _ in range(2): os.fork()
        while True: os.write(PIPE, b" "); os.sched_yield()
        """,
        Verdict.TIMED_OUT,
        tier_b=True,
    ),
    says("a pipe of one page", "import fcntl; fcntl.fcntl(PIPE, 1031, 4096)", Verdict.FAILED),
    says("a pipe of packets", "import fcntl; fcntl.fcntl(PIPE, fcntl.F_SETFL, os.O_DIRECT)", Verdict.FAILED),
)

DESCRIPTORS = (
    says("the pipe, closed", "os.close(PIPE)", Verdict.INCOMPLETE, tier_b=True),
    says(
        "the pipe, covered by another file", "os.dup2(os.open('/dev/null', 1), PIPE)", Verdict.INCOMPLETE, tier_b=True
    ),
    says(
        "a child that reports",
        """
        if os.fork() == 0: send(COLLECTED, START, end(), SESSION, DONE); os._exit(0)
        os.wait()
        """,
        tier_b=True,
    ),
    says(
        "a child that reports while its parent waits",
        """
        if os.fork() == 0: send(COLLECTED, START, end(), SESSION, DONE); os._exit(0)
        while True: time.sleep(1)
        """,
        Verdict.TIMED_OUT,
    ),
    says(
        "another Python that reports",
        """
        os.set_inheritable(PIPE, True)
        forged = COLLECTED + START + end() + SESSION + DONE
        os.execv(sys.executable, [sys.executable, "-c", f"import os; os.write({PIPE}, {forged!r})"])
        """,
        tier_b=True,
    ),
    says(
        "prints 3 passed, past the capture",
        "os.write(OUTPUT[0], b'3 passed in 0.01s'); os._exit(0)",
        Verdict.INCOMPLETE,
        tier_b=True,
    ),
)

PROTOCOL = (*SPOKEN, *ODD, *FLOODS, *DESCRIPTORS)
