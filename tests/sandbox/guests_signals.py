"""Guests that play with signals, groups and ancestors, so as to outlive, stop or blind what watches them."""

from tests.sandbox.guest import cannot, does

from aitestgen.values import Verdict

PRCTL = "import ctypes; prctl = ctypes.CDLL(None).prctl"

SIGNALS = (
    does(
        "stops and continues pid 1",
        """
        import contextlib, os
        for _ in range(20_000):
            with contextlib.suppress(PermissionError): os.kill(1, 19); os.kill(1, 18)
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does("stops its group", "import os; os.killpg(0, 19)", Verdict.TIMED_OUT, tier_b=True),
    does("kills its group", "import os; os.killpg(0, 9)", Verdict.CRASHED, tier_b=True),
    does(
        "every signal to everybody",
        """
        import os, signal
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        for number in set(range(1, 65)) - {9, 19, 32, 33}:  # the last two are the C library's own
            for pid in (-1, 1, *range(2, 200)):
                try: os.kill(pid, number)
                except OSError: pass
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "pid 1 by its descriptor",
        """
        import os, signal, time
        pidfd = os.pidfd_open(1)
        for number in (9, 19, 15, 2):
            try: signal.pidfd_send_signal(pidfd, number)
            except OSError: pass
        time.sleep(0.2)
        assert os.getppid() == 1
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "signals to pid 1 from a file's owner",
        """
        import fcntl, os, time
        reading, writing = os.pipe()
        fcntl.fcntl(reading, 8, 1)
        fcntl.fcntl(reading, 10, 9)
        fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(writing, b"x"); time.sleep(0.1)
        assert os.getppid() == 1
        """,
        Verdict.PASSED,
    ),
    does("a signal to itself", "import os; os.kill(os.getpid(), 10)", Verdict.CRASHED),
    does("a real-time signal to itself", "import os; os.kill(os.getpid(), 50)", Verdict.CRASHED),
    does(
        "faults, and goes on",
        """
        import ctypes, signal
        signal.signal(signal.SIGSEGV, signal.SIG_IGN)
        ctypes.string_at(0)
        """,
        Verdict.CRASHED,
    ),
    does(
        "faults in its fault handler",
        """
        import ctypes, signal
        handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda _: ctypes.string_at(0))
        ctypes.CDLL(None).signal(11, handler)
        ctypes.string_at(0)
        """,
        Verdict.CRASHED,
    ),
    does(
        "returns from a fault for ever",
        """
        import ctypes, signal
        signal.signal(signal.SIGSEGV, lambda *_: None)
        ctypes.string_at(0)
        """,
        Verdict.TIMED_OUT,
        tier_b=True,
    ),
    does(
        "daemons that ignore everything and hold the output",
        """
        import os, signal, time
        for _ in range(5):
            if os.fork() == 0:
                os.setsid()
                if os.fork(): os._exit(0)
                for number in set(range(1, 65)) - {9, 19, 32, 33}: signal.signal(number, signal.SIG_IGN)
                while True: time.sleep(0.01); os.write(1, b".")
            os.wait()
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "clears its parent-death signal",
        f"""
        {PRCTL}
        import os, time
        if os.fork() == 0:
            prctl(1, 0, 0, 0, 0); os.setsid()
            while True: time.sleep(1)
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "becomes the parent of orphans",
        f"""
        {PRCTL}
        import os, time
        prctl(36, 1, 0, 0, 0)
        for _ in range(10):
            if os.fork() == 0:
                if os.fork() == 0: time.sleep(60)
                os._exit(0)
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "hides its memory from the watch",
        f"""
        {PRCTL}
        prctl(4, 0, 0, 0, 0)
        hoard = []
        while True: hoard.append(b"x" * (4 << 20))
        """,
        Verdict.OUT_OF_MEMORY,
        tier_b=True,
    ),
    does(
        "hides its memory in hidden children",
        f"""
        {PRCTL}
        import os, time
        for _ in range(20):
            if os.fork() == 0:
                prctl(4, 0, 0, 0, 0)
                hoard = bytearray(b"x") * (30 << 20)
                time.sleep(60)
        time.sleep(60)
        """,
        Verdict.OUT_OF_MEMORY,
        tier_b=True,
    ),
    does(
        "another name",
        f"""
        {PRCTL}
        prctl(15, b") R 0 0 0 (", 0, 0, 0)
        hoard = []
        while True: hoard.append(b"x" * (4 << 20))
        """,
        Verdict.OUT_OF_MEMORY,
        tier_b=True,
    ),
    cannot("the group of pid 1", "os.setpgid(0, os.getpgid(1))"),
    cannot("a session of pid 1", "os.setpgid(1, 1)"),
    does(
        "a child that outlives the test and reports late",
        """
        import os, time
        if os.fork() == 0:
            time.sleep(0.3); assert 0
        """,
        Verdict.PASSED,
    ),
    does(
        "no processor time left",
        """
        import resource
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        while True: pass
        """,
        Verdict.CRASHED,
        tier_b=True,
    ),
    does(
        "forks in a thread",
        """
        import os, threading, time
        def work():
            while True:
                try:
                    if os.fork() == 0: time.sleep(60)
                except OSError: pass
        for _ in range(4): threading.Thread(target=work).start()
        time.sleep(60)
        """,
        Verdict.PROCESS_LIMIT,
        tier_b=True,
    ),
    does(
        "runs away by one process after the other",
        """
        import os
        while os.fork() == 0 or os.getppid() != 1 or True:
            if os.fork(): os._exit(0)
        """,
        Verdict.INCOMPLETE,
        Verdict.PROCESS_LIMIT,
        tier_b=True,
    ),
)
