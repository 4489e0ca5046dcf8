"""Guests that break off, hang on, or lay hands on the process that watches them."""

from tests.sandbox.guest import HONEST, WRONG, Guest, at_import, cannot, does

from aitestgen.values import Verdict

SURVIVAL = (
    cannot(
        "SIGKILL to pid 1", "os.kill(1, 9); os.getppid() == 1 and [][0]", "(IndexError, PermissionError)", tier_b=True
    ),
    does(
        "every signal to pid 1",
        """
        import os, time
        for number in range(1, 64):
            try: os.kill(1, number)
            except OSError: pass
        time.sleep(0.2)
        assert os.getppid() == 1
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "SIGKILL to all",
        """
        import os
        try: os.kill(-1, 9)
        except ProcessLookupError: pass
        os.kill(os.getpid(), 9)
        """,
        Verdict.CRASHED,
        tier_b=True,
    ),
    does("SIGSTOP to itself", "import os; os.kill(os.getpid(), 19)", Verdict.TIMED_OUT, tier_b=True),
    does(
        "ignores SIGTERM",
        """
        import signal, time
        for number in set(range(1, 65)) - {9, 19, 32, 33}: signal.signal(number, signal.SIG_IGN)
        while True: time.sleep(1)
        """,
        Verdict.TIMED_OUT,
        tier_b=True,
    ),
    does(
        "a daemon",
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                while True: time.sleep(1)
            os._exit(0)
        os.wait()
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "a thread that stays",
        "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()",
        Verdict.PASSED,
    ),
    does(
        "closes every descriptor",
        "import os; os.closerange(0, 4096)",
        Verdict.INCOMPLETE,
        Verdict.CRASHED,
        Verdict.ERRORED,
        tier_b=True,
    ),
    does("segmentation fault", "import ctypes; ctypes.string_at(0)", Verdict.CRASHED, tier_b=True),
    does("abort", "import os; os.abort()", Verdict.CRASHED),
    at_import("_exit at import", "import os; os._exit(0)", Verdict.INCOMPLETE, tier_b=True),
    does("_exit in a test", "import os; os._exit(0)", Verdict.INCOMPLETE, tier_b=True),
    at_import(
        "sys.exit at import", "import sys; sys.exit(0)", Verdict.INCOMPLETE, Verdict.NOT_COLLECTED, Verdict.ERRORED
    ),
    does("sys.exit in a test", "import sys; sys.exit(0)", Verdict.FAILED),
    does("KeyboardInterrupt", "raise KeyboardInterrupt", Verdict.INCOMPLETE),
    cannot("memory of pid 1", "open('/proc/1/mem', 'r+b')", tier_b=True),
    at_import("raises at import", "raise RuntimeError", Verdict.NOT_COLLECTED),
    Guest(
        name="no such test",
        verdicts=(Verdict.NOT_COLLECTED,),
        tests="def test_other_name_missing(): pass\n".replace("test_", "tst_"),
    ),
    Guest(name="another test than expected", verdicts=(Verdict.FORGED,), tests=HONEST + "\ndef test_more(): pass\n"),
    Guest(
        name="failing fixture",
        verdicts=(Verdict.ERRORED,),
        tests="import pytest\n@pytest.fixture\ndef bad(): 1/0\ndef test_add(bad): pass\n",
    ),
    Guest(name="honestly wrong", verdicts=(Verdict.FAILED,), tests=WRONG, tier_b=True),
)
