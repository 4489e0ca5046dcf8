"""Guests that use up what there is: memory, processes, time, disk, output."""

from tests.sandbox.guest import at_import, does

from aitestgen.values import Verdict

EXHAUSTION = (
    does(
        "fork bomb",
        """
        import os
        while True:
            try: os.fork()
            except OSError: pass
        """,
        Verdict.PROCESS_LIMIT,
        tier_b=True,
    ),
    does(
        "fork bomb that waits",
        """
        import os, time
        while True:
            if os.fork() == 0: time.sleep(60)
        """,
        Verdict.PROCESS_LIMIT,
        tier_b=True,
    ),
    does(
        "thread flood",
        """
        import threading, time
        while True: threading.Thread(target=time.sleep, args=(60,)).start()
        """,
        Verdict.PROCESS_LIMIT,
        tier_b=True,
    ),
    does(
        "zombies",
        """
        import os
        for _ in range(10_000):
            if os.fork() == 0: os._exit(0)
        """,
        Verdict.PROCESS_LIMIT,
        tier_b=True,
    ),
    does(
        "heap bomb",
        """
        hoard = []
        while True: hoard.append(bytearray(4 << 20))
        """,
        Verdict.OUT_OF_MEMORY,
        tier_b=True,
    ),
    does(
        "heap bomb, swallowed",
        """
        hoard = []
        while True:
            try: hoard.append(b"x" * (32 << 20))
            except MemoryError: pass
        """,
        Verdict.OUT_OF_MEMORY,
        tier_b=True,
    ),
    does("one huge allocation", "b'x' * (1 << 40)", Verdict.OUT_OF_MEMORY, tier_b=True),
    does(
        "memory bomb in many processes",
        """
        import os, time
        for _ in range(20):
            if os.fork() == 0:
                hoard = bytearray(b"x") * (30 << 20)
                time.sleep(60)
        time.sleep(60)
        """,
        Verdict.OUT_OF_MEMORY,
        tier_b=True,
    ),
    does(
        "memory in /tmp",
        """
        hoard = bytearray(b"x") * (100 << 20)
        for number in range(60):
            with open(f"/tmp/{number}", "wb") as file: file.write(b"x" * (1 << 20))
        more = bytearray(b"x") * (200 << 20)
        """,
        Verdict.OUT_OF_MEMORY,
        tier_b=True,
    ),
    does("CPU spin", "while True: pass", Verdict.TIMED_OUT, tier_b=True),
    does("CPU spin in C", "sum(range(10 ** 12))", Verdict.TIMED_OUT),
    does(
        "CPU spin in many processes",
        """
        import os
        for _ in range(20): os.fork()  if _ < 4 else None
        while True: pass
        """,
        Verdict.TIMED_OUT,
    ),
    does("sleep", "import time; time.sleep(60)", Verdict.TIMED_OUT, tier_b=True),
    does("print flood", "while True: print('x' * 4096)", Verdict.OUTPUT_LIMIT, tier_b=True),
    does(
        "print flood, past the capture",
        """
        import os
        while True: os.write(1, b"x" * 4096)
        """,
        Verdict.OUTPUT_LIMIT,
        tier_b=True,
    ),
    does(
        "flood on stderr",
        """
        import sys
        while True: print('x' * 4096, file=sys.stderr)
        """,
        Verdict.OUTPUT_LIMIT,
        tier_b=True,
    ),
    at_import(
        "flood of the real stdout",
        """
        import os
        os.environ["PYTEST_ADDOPTS"] = ""
        def find():
            for fd in range(3, 64):
                try:
                    if os.readlink(f"/proc/self/fd/{fd}").startswith("pipe:"): yield fd
                except OSError: pass
        out = [fd for fd in find()]
        for fd in out:
            os.set_blocking(fd, False)
        while True:
            for fd in out:
                try: os.write(fd, b"\\0" * 65536)
                except OSError: pass
        """,
        Verdict.OUTPUT_LIMIT,
        Verdict.FORGED,
    ),
    does("moderate output is cut, not killed", "print('x' * (2 << 20)); assert False", Verdict.FAILED),
    does(
        "filling /tmp",
        """
        import errno
        with open("/tmp/full", "wb", buffering=0) as file:
            try:
                while True: file.write(b"x" * (1 << 20))
            except OSError as error: assert error.errno in (errno.ENOSPC, errno.EFBIG), error
        import os; os.unlink("/tmp/full")
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "filling /tmp by many files",
        """
        import errno, os
        try:
            for number in range(100_000):
                with open(f"/tmp/{number}", "wb") as file: file.write(b"x" * 8192)
        except OSError as error: assert error.errno == errno.ENOSPC
        else: raise AssertionError("not full")
        for number in range(number): os.unlink(f"/tmp/{number}")
        """,
        Verdict.PASSED,
    ),
    does(
        "filling /dev/shm",
        """
        import errno, os
        try:
            for number in range(10_000):
                with open(f"/dev/shm/{number}", "wb", buffering=0) as file: file.write(b"x" * (1 << 20))
        except OSError as error: assert error.errno == errno.ENOSPC
        else: raise AssertionError("not full")
        os.system("true")
        for number in range(number + 1): os.unlink(f"/dev/shm/{number}")
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "deep directory tree",
        """
        import os
        os.chdir("/tmp")
        for _ in range(3_000):
            os.mkdir("d" * 200); os.chdir("d" * 200)
        """,
        Verdict.PASSED,
        Verdict.TIMED_OUT,  # where a traceback asks for the working directory
    ),
    does(
        "open files",
        """
        import errno, os
        try:
            while True: os.dup(0)
        except OSError as error: assert error.errno == errno.EMFILE
        os.closerange(20, 600)
        """,
        Verdict.PASSED,
    ),
    does(
        "recursion",
        """
        def again(): return again()
        again()
        """,
        Verdict.FAILED,
        Verdict.CRASHED,
    ),
)
