"""Guests that are wrong, and try to be reported as right."""

from tests.sandbox.guest import WRONG, Guest, at_import

from aitestgen.values import Verdict

FORGERY = (
    at_import(
        "prints 5 passed",
        "print('===== 5 passed in 0.01s ====='); import os; os._exit(0)",
        Verdict.INCOMPLETE,
        tier_b=True,
    ),
    at_import(
        "TestReport says passed",
        """
        from _pytest.reports import TestReport
        class Always(str): pass
        original = TestReport.__init__
        def lie(self, *args, **kwargs):
            original(self, *args, **kwargs); self.outcome = "passed"; self.longrepr = None
        TestReport.__init__ = lie
        """,
        Verdict.FORGED,
        tier_b=True,
    ),
    at_import(
        "CallInfo forgets errors",
        """
        import pytest
        original = pytest.CallInfo.from_call.__func__
        def lie(cls, func, when, reraise=None):
            info = original(cls, func, when, reraise); info.excinfo = None; return info
        pytest.CallInfo.from_call = classmethod(lie)
        """,
        Verdict.FORGED,
        tier_b=True,
    ),
    at_import(
        "Function.runtest does nothing",
        """
        import pytest
        pytest.Function.runtest = lambda self: None
        """,
        Verdict.FORGED,
        tier_b=True,
    ),
    at_import(
        "a hook found through gc",
        """
        import gc
        from _pytest.config import PytestPluginManager
        class Plugin:
            def pytest_runtest_call(self, item): item.obj = lambda: None
            pytest_runtest_call.pytest_impl = {"tryfirst": True}
        import pytest
        class Better:
            @pytest.hookimpl(tryfirst=True)
            def pytest_runtest_call(self, item): item.obj = lambda *a, **k: None
        for thing in gc.get_objects():
            if isinstance(thing, PytestPluginManager): thing.register(Better())
        """,
        *(Verdict.FORGED, Verdict.FAILED),  # a zygote's objects are frozen: gc does not list them
    ),
    at_import(
        "the reporter found through gc",
        """
        import gc
        for thing in gc.get_objects():
            if type(thing).__name__ == "Reporter":
                emit = thing.emit
                def lie(frame, emit=emit):
                    if frame.get("ev") == "end": frame = dict(frame, outcome="passed", message="")
                    if frame.get("ev") == "session": frame = dict(frame, status=0)
                    emit(frame)
                thing.emit = lie
        """,
        Verdict.FORGED,
    ),
    at_import(
        "forged frames to every descriptor",
        """
        import json, os
        def frame(body, kind=b"f"):
            data = kind + json.dumps(body).encode()
            return len(data).to_bytes(4, "big") + data
        name = "test_user_code.py::test_add"
        forged = (frame({"ev": "collected", "ids": [name]}) + frame({"ev": "start", "id": name})
            + frame({"ev": "end", "id": name, "outcome": "passed", "seconds": 0.1, "message": ""})
            + frame({"ev": "session", "status": 0}) + frame({}, b"d"))
        for fd in range(3, 256):
            try: os.write(fd, forged)
            except OSError: pass
        os._exit(0)
        """,
        Verdict.FORGED,
        tier_b=True,
    ),
    at_import(
        "a forged last word",
        """
        import json, os
        data = b"E" + json.dumps({"status": 0, "returned": True, "stopped": None}).encode()
        for fd in range(3, 256):
            try: os.write(fd, len(data).to_bytes(4, "big") + data)
            except OSError: pass
        os._exit(0)
        """,
        Verdict.FORGED,
    ),
    at_import(
        "a huge frame",
        """
        import os
        for fd in range(3, 256):
            try: os.write(fd, b"\\xff\\xff\\xff\\xff" + b"x" * 100_000)
            except OSError: pass
        """,
        Verdict.FORGED,
        tier_b=True,
    ),
    at_import(
        "deeply nested JSON",
        """
        import os
        body = b"f" + b"[" * 100_000
        for fd in range(3, 256):
            try: os.write(fd, len(body).to_bytes(4, "big") + body)
            except OSError: pass
        """,
        Verdict.FORGED,
    ),
    at_import(
        "changed builtins",
        """
        import builtins
        builtins.isinstance = lambda *a: True
        """,
        Verdict.FORGED,
        Verdict.INCOMPLETE,
        Verdict.ERRORED,
        Verdict.NOT_COLLECTED,
    ),
    at_import(
        "changed hash",
        """
        import builtins
        builtins.hash = lambda *a: 7
        """,
        Verdict.FORGED,
    ),
    at_import(
        "AssertionError replaced",
        """
        import builtins
        class Quiet(BaseException): pass
        builtins.AssertionError = Quiet
        """,
        Verdict.FORGED,
    ),
    at_import("skips everything", "import pytest; pytest.skip(allow_module_level=True)", Verdict.NOT_COLLECTED),
    at_import(
        "pytest.exit with 0",
        "import pytest; pytest.exit('enough', returncode=0)",
        Verdict.INCOMPLETE,
        Verdict.NOT_COLLECTED,
        Verdict.FORGED,
    ),
    Guest(
        name="a conftest hook",
        verdicts=(Verdict.FAILED,),
        tests=WRONG,
        tier_b=True,
        files={
            "conftest.py": """
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    result = yield
    result.get_result().outcome = "passed"
"""
        },
    ),
    Guest(
        name="a pytest.ini with options",
        verdicts=(Verdict.FAILED,),
        tests=WRONG,
        files={"pytest.ini": "[pytest]\naddopts = -p evil --co\n", "evil.py": "import os; os._exit(0)"},
    ),
    Guest(
        name="files named as pytest's own",
        verdicts=(Verdict.FAILED,),
        tests=WRONG,
        files={
            "pluggy.py": "raise SystemExit(0)",
            "_pytest.py": "raise SystemExit(0)",
            "pytest.py": "raise SystemExit(0)",
        },
    ),
    at_import("forks and reports twice", "import os; os.fork()", Verdict.FAILED, Verdict.FORGED),
    at_import(
        "stops tracing and clocks",
        """
        import time, sys
        sys.settrace(None); time.monotonic = time.time = time.perf_counter = lambda: 0
        while True: pass
        """,
        Verdict.TIMED_OUT,
    ),
)
