"""Guests that use up what is not memory or time alone: objects of the kernel, files, output, and pytest's patience."""

from dataclasses import replace

from tests.sandbox.guest import LIMITS, PATIENT, WRONG, Guest, at_import, cannot, does

from aitestgen.values import Outcome, Tier, Verdict

FLOODS = {
    "inotify": "ctypes.CDLL(None).inotify_init()",
    "eventfd": "os.eventfd(0)",
    "timerfd": "ctypes.CDLL(None).timerfd_create(1, 0)",
    "epoll": "ctypes.CDLL(None).epoll_create1(0)",
    "signalfd": "ctypes.CDLL(None).signalfd(-1, ctypes.create_string_buffer(128), 0)",
    "pseudo-terminals": "os.openpty()",
}
ENDLESS = "def forever():\n    while True: yield b'x' * (1 << 20)\n"

KERNEL = (
    *(
        does(
            f"flood of {name}",
            f"""
            import ctypes, os
            kept = 0
            try:
                while kept < 100_000:
                    if {expression} == -1: raise OSError
                    kept += 1
            except OSError: pass
            os.closerange(20, 600)
            assert kept < 1_000, kept
            """,
            Verdict.PASSED,
        )
        for name, expression in FLOODS.items()
    ),
    does(
        "pipes, filled",
        """
        import errno, fcntl, os
        try:
            while True:
                reading, writing = os.pipe()
                os.set_blocking(writing, False)
                try: fcntl.fcntl(writing, 1031, 1 << 20)
                except OSError: pass
                try:
                    while True: os.write(writing, b"x" * 65536)
                except BlockingIOError: pass
        except OSError as error: assert error.errno == errno.EMFILE, error
        os.closerange(20, 600)
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "socket buffers, half a MiB each",
        """
        import errno, os, socket
        kept = []
        try:
            while True:
                kept.append(socket.socketpair())
                kept[-1][0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
                kept[-1][0].setblocking(False)
                try:
                    for _ in range(8): kept[-1][0].send(b"x" * 65536)
                except BlockingIOError: pass
        except OSError as error: assert error.errno == errno.EMFILE, error
        """,
        Verdict.PASSED,
    ),
    does(
        "descriptors in flight",
        """
        import errno, socket
        sender, receiver = socket.socketpair()
        sender.setblocking(False)
        try:
            while True: socket.send_fds(sender, [b"x"], [0] * 200)
        except OSError as error: assert error.errno in (errno.ETOOMANYREFS, errno.EAGAIN), error
        """,
        Verdict.PASSED,
    ),
    does(
        "POSIX timers",
        """
        import ctypes
        libc, timer, made = ctypes.CDLL(None), ctypes.c_void_p(), 0
        while made < 300_000 and libc.timer_create(1, None, ctypes.byref(timer)) == 0: made += 1
        assert made < 300_000
        """,
        Verdict.PASSED,
    ),
    does(
        "queued signals",
        """
        import ctypes, os, signal
        signal.pthread_sigmask(signal.SIG_BLOCK, {40})
        libc, queued = ctypes.CDLL(None), 0
        while queued < 1_000_000 and libc.sigqueue(os.getpid(), 40, None) == 0: queued += 1
        assert queued < 1_000_000
        """,
        Verdict.PASSED,
    ),
    does(
        "file locks",
        """
        import fcntl
        with open("/tmp/locked", "wb") as file:
            for number in range(10 ** 9): fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * number)
        """,
        Verdict.TIMED_OUT,
        tier_b=True,
    ),
    cannot("address space", "import mmap; mmap.mmap(-1, 1 << 46)", "(OSError, MemoryError)", tier_b=True),
    does(
        "mappings without number",
        """
        import mmap
        kept = []
        try:
            while len(kept) < 200_000: kept.append(mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        except OSError: pass
        del kept
        """,
        Verdict.PASSED,
    ),
    does(
        "shared memory, touched",
        """
        import mmap
        hoard = mmap.mmap(-1, 600 << 20)
        for place in range(0, 600 << 20, 4096): hoard[place] = 1
        """,
        Verdict.OUT_OF_MEMORY,
        tier_b=True,
    ),
    does(
        "page tables",
        """
        import mmap
        hoard = mmap.mmap(-1, 64 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
        for place in range(0, 64 << 30, 1 << 21): hoard[place] = 1
        """,
        Verdict.OUT_OF_MEMORY,
        differs={Tier.B: (Verdict.FAILED,)},  # the address space itself is limited there
    ),
    does("one huge number's text", "'%2000000000d' % 1", Verdict.OUT_OF_MEMORY, tier_b=True),
)

UNCOUNTED = (Verdict.OUT_OF_MEMORY, Verdict.TIMED_OUT)
"""Podman knows no `nr_inodes` for a tmpfs: there the limit of memory or of time ends it, since names are memory."""

DISK = (
    cannot("sparse file", "open('/tmp/sparse', 'wb').truncate(1 << 40)", tier_b=True),
    does(
        "every inode",
        """
        import errno, os
        made = 0
        try:
            while True: os.close(os.open(f"/tmp/{made}", os.O_CREAT | os.O_WRONLY)); made += 1
        except OSError as error: assert error.errno == errno.ENOSPC, error
        for number in range(made): os.unlink(f"/tmp/{number}")
        """,
        Verdict.PASSED,
        tier_b=True,
        contained=UNCOUNTED,
    ),
    cannot(
        "hard links without number",
        """
        open("/tmp/one", "w").close()
        for number in range(10 ** 6): os.link("/tmp/one", f"/tmp/link{number}")
        """,
        contained=(*UNCOUNTED, Verdict.FAILED),  # names cost so little there that a million may fit
    ),
    cannot(
        "extended attributes",
        """
        open("/tmp/one", "w").close()
        for number in range(100_000): os.setxattr("/tmp/one", f"user.{number}", b"x" * 60_000)
        """,
        contained=UNCOUNTED,
    ),
    cannot("a name that is too long", "open('/tmp/' + 'n' * 256, 'w')"),
)

OUTPUT = (
    does(
        "slow drip of output",
        """
        import os, time
        while True: os.write(1, b"."); time.sleep(0.01)
        """,
        Verdict.TIMED_OUT,
        tier_b=True,
    ),
    does("giant exception message", "raise ValueError('x' * (2 << 20))", Verdict.FAILED, tier_b=True),
    does("exception message over the output limit", "raise ValueError('x' * (20 << 20))", Verdict.OUTPUT_LIMIT),
    does(
        "giant repr",
        """
        class Big:
            def __repr__(self): return "x" * (50 << 20)
        assert Big() == 1
        """,
        Verdict.FAILED,
    ),
    does(
        "repr that never ends",
        """
        class Endless:
            def __repr__(self):
                while True: pass
        return Endless()
        """,
        Verdict.TIMED_OUT,
        tier_b=True,
    ),
    does(
        "repr that fails",
        """
        class Bad:
            def __repr__(self): raise SystemExit(0)
        return Bad()
        """,
        Verdict.INCOMPLETE,
        Verdict.FAILED,
    ),
    does("lone surrogates in a message", "raise ValueError('\\ud800')", Verdict.FAILED, tier_b=True),
    does("terminal escapes in a message", "raise ValueError('\\x1b]0;owned\\x07\\x1b[2J')", Verdict.FAILED),
    does(
        "output into the terminal",
        "import sys; open('/dev/tty', 'w').write('owned')",
        Verdict.FAILED,
    ),
)

ENDLESS_TESTS = (
    Guest(
        name="giant parametrization",
        verdicts=(Verdict.OUT_OF_MEMORY,),
        tests="import pytest\n@pytest.mark.parametrize('n', range(10 ** 9))\ndef test_add(n): pass\n",
        limits=replace(PATIENT, wall_seconds=20.0),
    ),
    Guest(
        name="parametrization without end",
        verdicts=(Verdict.OUT_OF_MEMORY,),
        tests=f"import pytest\n{ENDLESS}@pytest.mark.parametrize('n', forever())\ndef test_add(n): pass\n",
        tier_b=True,
    ),
    Guest(
        name="parametrization that never yields",
        verdicts=(Verdict.TIMED_OUT,),
        limits=LIMITS,
        tests="import pytest\n@pytest.mark.parametrize('n', filter(None, iter(int, 1)))\ndef test_add(n): pass\n",
        tier_b=True,
    ),
    Guest(
        name="endless collection",
        verdicts=(Verdict.TIMED_OUT,),
        limits=LIMITS,
        tests="while True: pass\n",
        tier_b=True,
    ),
    Guest(
        name="test names longer than a record",
        verdicts=(Verdict.OUTPUT_LIMIT,),
        tests="import pytest\n@pytest.mark.parametrize('s', [1], ids=['x' * (5 << 20)])\ndef test_add(s): pass\n",
    ),
    Guest(
        name="more tests than are in the file",
        verdicts=(Verdict.FORGED,),
        tests="for n in range(200): globals()[f'test_{n}'] = lambda: None\ndef test_add(): pass\n",
    ),
    *(
        Guest(
            name=f"{what} in a fixture's teardown",
            verdicts=(verdict,),
            limits=LIMITS if verdict is Verdict.TIMED_OUT else PATIENT,
            tests=f"import os, pytest\n@pytest.fixture\ndef bad():\n    yield\n    {body}\ndef test_add(bad): pass\n",
            tier_b=True,
        )
        for what, verdict, body in (
            ("fork bomb", Verdict.PROCESS_LIMIT, "import time\n    while True: os.fork() or time.sleep(60)"),
            ("memory bomb", Verdict.OUT_OF_MEMORY, "h = []\n    while True: h.append(bytes(b'x') * (8 << 20))"),
            ("sleep", Verdict.TIMED_OUT, "import time; time.sleep(60)"),
            ("_exit", Verdict.INCOMPLETE, "os._exit(0)"),
        )
    ),
    at_import("an endless atexit handler", "import atexit, time; atexit.register(time.sleep, 60)", Verdict.FAILED),
    does(
        "__del__ that never ends",
        """
        class Bad:
            def __del__(self):
                while True: pass
        Bad()
        """,
        Verdict.TIMED_OUT,
    ),
    Guest(
        name="a test that is skipped by the code under test",
        verdicts=(Verdict.PASSED,),
        outcome=Outcome.SKIPPED,
        code="import pytest\ndef add(a, b): pytest.skip()\n",
        tests=WRONG,
        tier_b=True,
    ),
    Guest(
        name="a test that is excused by the code under test",
        verdicts=(Verdict.PASSED,),
        outcome=Outcome.XFAILED,
        code="import pytest\ndef add(a, b): pytest.xfail()\n",
        tests=WRONG,
    ),
)

PROCESSOR = (
    does("regular expression", "import re; re.match('(a+)+$', 'a' * 60 + 'b')", Verdict.TIMED_OUT, tier_b=True),
    does("big integers", "pow(3, 1 << 29)", Verdict.TIMED_OUT, tier_b=True),
    does("colliding hashes", "{n * (2 ** 61 - 1) for n in range(10 ** 6)}", Verdict.TIMED_OUT),
    does("a C call that keeps the interpreter", "import ctypes; ctypes.PyDLL(None).sleep(60)", Verdict.TIMED_OUT),
    does(
        "threads that spin",
        """
        import threading
        def spin():
            while True: pass
        for _ in range(30): threading.Thread(target=spin).start()
        spin()
        """,
        Verdict.TIMED_OUT,
        tier_b=True,
    ),
    does(
        "recursion in C",
        """
        import sys
        sys.setrecursionlimit(1 << 30)
        def again(x): return sorted([x], key=again)
        again(1)
        """,
        Verdict.CRASHED,
        Verdict.FAILED,  # CPython 3.12 and later count it
    ),
    does(
        "an alarm that never rests",
        """
        import signal
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, 1e-5, 1e-5)
        while True: pass
        """,
        Verdict.TIMED_OUT,
        tier_b=True,
    ),
    does(
        "executes itself for ever",
        """
        import os, sys
        program = "import os, sys; os.execv(sys.executable, [sys.executable, '-c', os.environ['P']])"
        os.environ["P"] = program
        os.execv(sys.executable, [sys.executable, "-c", program])
        """,
        Verdict.TIMED_OUT,
        tier_b=True,
    ),
)

OBJECTS = (*KERNEL, *DISK, *OUTPUT, *ENDLESS_TESTS, *PROCESSOR)
