"""Guests that are wrong, and lay hands on Python, pytest or our own reporter to look right."""

from textwrap import dedent

from tests.sandbox.guest import ADD, WRONG, Guest, at_import

from aitestgen.measure.falsified import falsified
from aitestgen.values import Outcome, Verdict

REPORTER = """
import gc
reporter = next(thing for thing in gc.get_objects() if type(thing).__name__ == "Reporter")
"""
MANAGER = """
import gc, pytest
from _pytest.config import PytestPluginManager
manager = next(thing for thing in gc.get_objects() if isinstance(thing, PytestPluginManager))
"""
LIE = """
def lie(frame):
    if frame.get("ev") == "end": frame = dict(frame, outcome="passed", message="")
    if frame.get("ev") == "session": frame = dict(frame, status=0)
    return frame
"""


def lies(name: str, body: str, *verdicts: Verdict, setup: str = "", tier_b: bool = False) -> Guest:
    """A guest whose module runs `setup` and `body` when it is imported, and whose test must fail."""
    return at_import(name, setup + dedent(body), *verdicts, tier_b=tier_b)


def cannot_be_told(name: str, code: str) -> Guest:
    """A guest that is wrong and passes: what an interpreter shared with the tests cannot rule out (docs/sandbox.md)."""
    return Guest(
        name=f"{name} (cannot be told)",
        verdicts=(Verdict.PASSED,),
        outcome=Outcome.PASSED,
        code=dedent(code),
        tests=WRONG,
        tier_b=True,
    )


REPORTING = (
    lies("emit replaced by print", "reporter.emit = print", Verdict.NOT_COLLECTED, setup=REPORTER),
    lies(
        "the closure of emit altered",
        """
        cell = next(cell for cell in reporter.emit.__closure__ if callable(cell.cell_contents))
        true = cell.cell_contents
        cell.cell_contents = lambda frame: true(lie(frame))
        """,
        Verdict.FORGED,
        setup=REPORTER + LIE,
        tier_b=True,
    ),
    lies(
        "the code of emit exchanged",
        """
        namespace = {}
        exec("def make(emit, owner):\\n def other(frame):\\n  emit(dict(frame, **({'outcome': 'passed'} "
            "if frame.get('ev') == 'end' else {})))\\n  owner\\n return other", namespace)
        reporter.emit.__code__ = namespace["make"](None, None).__code__
        """,
        Verdict.FORGED,
        setup=REPORTER,
    ),
    lies(
        "the emitter's method replaced",
        """
        import aitestgen_guest.jail.guest as guest
        true = guest.Emitter.send
        guest.Emitter.send = lambda self, kind, body: true(self, kind, lie(body))
        """,
        Verdict.FORGED,
        setup=LIE,
        tier_b=True,
    ),
    lies(
        "the reporter's outcomes rewritten",
        """
        import aitestgen_guest.suite.reporting as reporting
        reporting._outcome = lambda report, before: "passed"
        """,
        Verdict.FORGED,
    ),
    lies("the reporter unregistered", "manager.unregister(reporter)", Verdict.NOT_COLLECTED, setup=MANAGER + REPORTER),
    lies(
        "the canaries forgotten",
        "import aitestgen_guest.suite.reporting as r; r.add_canaries = lambda *_: {}",
        Verdict.FORGED,
    ),
    lies(
        "the fingerprint blinded",
        """
        import aitestgen_guest.suite.hygiene as hygiene, pytest
        hygiene.Fingerprint.changed = lambda self: None
        pytest.Function.runtest = lambda self: None
        """,
        Verdict.FORGED,
        tier_b=True,
    ),
    lies(
        "json writes what it wants",
        """
        import json
        true = json.dumps
        def lying(text): return text.replace("failed", "passed").replace('"status":1', '"status":0')
        json.dumps = lambda body, **more: lying(true(body, **more))
        """,
        Verdict.FORGED,
        tier_b=True,
    ),
    lies(
        "os.write writes what it wants",
        """
        import os
        true = os.write
        def lying(data): return bytes(data).replace(b'"failed"', b'"passed"').replace(b'"status":1', b'"status":0')
        os.write = lambda fd, data: true(fd, lying(data))
        """,
        Verdict.FORGED,
    ),
    lies("struct and int games", "import struct; struct.pack = struct.unpack = lambda *a: b'passed'", Verdict.FAILED),
)

PYTEST = (
    lies(
        "a plug-in found through frames",
        """
        import sys, pytest
        frame = sys._getframe()
        while not hasattr(frame.f_locals.get("config"), "pluginmanager"): frame = frame.f_back
        class Better:
            @pytest.hookimpl(wrapper=True, tryfirst=True)
            def pytest_runtest_makereport(self, item, call):
                report = yield
                report.outcome, report.longrepr = "passed", None
                return report
        frame.f_locals["config"].pluginmanager.register(Better())
        """,
        Verdict.FORGED,
        tier_b=True,
    ),
    lies(
        "an exit status of its own",
        """
        class Better:
            @pytest.hookimpl(trylast=True)
            def pytest_sessionfinish(self, session): session.exitstatus = 0
        manager.register(Better())
        """,
        Verdict.FORGED,
        setup=MANAGER,
    ),
    lies(
        "the tests thrown away",
        """
        class Better:
            @pytest.hookimpl(tryfirst=True)
            def pytest_collection_modifyitems(self, items): items.clear()
        manager.register(Better())
        """,
        Verdict.NOT_COLLECTED,
        setup=MANAGER,
    ),
    lies(
        "a loop that runs nothing",
        """
        class Better:
            @pytest.hookimpl(tryfirst=True)
            def pytest_runtestloop(self): return True
        manager.register(Better())
        """,
        Verdict.INCOMPLETE,
        setup=MANAGER,
    ),
    lies(
        "a protocol that runs nothing",
        """
        class Better:
            @pytest.hookimpl(tryfirst=True)
            def pytest_runtest_protocol(self, item):
                item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
                item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
                return True
        manager.register(Better())
        """,
        Verdict.INCOMPLETE,
        Verdict.FORGED,
        setup=MANAGER,
    ),
    lies(
        "marks every test as expected to fail",
        """
        class Better:
            def pytest_runtest_setup(self, item): item.add_marker(pytest.mark.xfail)
            pytest_runtest_setup = pytest.hookimpl(tryfirst=True)(pytest_runtest_setup)
        manager.register(Better())
        """,
        Verdict.FORGED,
        setup=MANAGER,
        tier_b=True,
    ),
    lies(
        "skips every test",
        """
        class Better:
            @pytest.hookimpl(tryfirst=True)
            def pytest_runtest_setup(self, item): pytest.skip()
        manager.register(Better())
        """,
        Verdict.FORGED,
        setup=MANAGER,
    ),
    lies("pytest.approx replaced", "import pytest; pytest.approx = lambda *a, **k: object()", Verdict.FORGED),
    lies("pytest.raises replaced", "import contextlib, pytest; pytest.raises = contextlib.suppress", Verdict.FORGED),
    Guest(
        name="a plug-in named by the test",
        verdicts=(Verdict.FORGED,),
        code="import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_runtest_call(item): item.obj = lambda: None\n"
        + ADD,
        tests="pytest_plugins = ['user_code']\n" + WRONG,
        tier_b=True,
    ),
    Guest(
        name="hooks in the test file",
        verdicts=(Verdict.FAILED,),
        tests=WRONG
        + "\ndef pytest_runtest_call(item): item.obj = lambda: None\ndef pytest_pyfunc_call(): return True\n",
    ),
    Guest(
        name="pytest.exit in the code under test",
        verdicts=(Verdict.INCOMPLETE,),
        code="import pytest\ndef add(a, b): pytest.exit('enough', returncode=0)\n",
        tests=WRONG,
    ),
)

PYTHON = (
    lies(
        "kills and opens pid 1, and is wrong",
        """
        import contextlib, ctypes, os
        for number in (9, 15, 19):
            with contextlib.suppress(PermissionError): os.kill(1, number)
        for name in ("mem", "fd", "environ"):
            try: open(f"/proc/1/{name}", "r+b")
            except OSError: pass
        ctypes.CDLL(None).ptrace(16, 1, 0, 0)
        """,
        Verdict.FAILED,
        tier_b=True,
    ),
    lies(
        "modules planted in sys.modules",
        """
        import sys, types
        ours = "aitestgen_guest.suite.reporting", "aitestgen_guest.suite.hygiene"
        for name in ("pytest", "_pytest.runner", "_pytest.reports", *ours):
            sys.modules[name] = types.ModuleType(name)
        """,
        Verdict.FAILED,
        tier_b=True,
    ),
    lies("an atexit handler that exits well", "import atexit, os; atexit.register(os._exit, 0)", Verdict.FAILED),
    lies("a finalizer that exits well", "import os, sys, weakref; weakref.finalize(sys, os._exit, 0)", Verdict.FAILED),
    lies(
        "hooks for exceptions that exit well",
        """
        import os, sys, threading
        sys.excepthook = threading.excepthook = sys.unraisablehook = lambda *a: os._exit(0)
        """,
        Verdict.FAILED,
    ),
    lies(
        "tracing and monitoring off",
        "import sys, threading; sys.settrace(None); sys.setprofile(None); threading.settrace(None)",
        Verdict.FAILED,
    ),
    lies(
        "clocks that run backwards",
        """
        import itertools, time
        time.time = time.perf_counter = time.monotonic = itertools.count(10 ** 9, -1).__next__
        """,
        Verdict.FAILED,
    ),
    lies("another stdout", "import io, sys; sys.stdout = sys.__stdout__ = sys.stderr = io.StringIO()", Verdict.FAILED),
    lies(
        "print, open and input replaced",
        "import builtins; builtins.print = builtins.open = builtins.input = lambda *a, **k: None",
        Verdict.FAILED,
    ),
    lies(
        "__import__ replaced",
        "import builtins; true = builtins.__import__; builtins.__import__ = lambda *a, **k: true(*a, **k)",
        Verdict.FORGED,
    ),
    lies(
        "an audit hook that exits",
        "import os, sys; sys.addaudithook(lambda event, arguments: event == 'object.__getattr__' and os._exit(0))",
        Verdict.INCOMPLETE,
    ),
    Guest(
        name="SystemExit out of the code under test",
        verdicts=(Verdict.FAILED,),
        code="def add(a, b): raise SystemExit(0)\n",
        tests=WRONG,
    ),
)

EQUAL_TO_ALL = """
class Any:
    def __eq__(self, other): return True
def add(a, b): return Any()
"""

LIMITS_OF_IT = (
    Guest(
        name="answers that equal everything, to a generated suite",
        verdicts=(Verdict.FORGED,),
        code=EQUAL_TO_ALL,
        tests=WRONG,
        falsified=falsified(WRONG),
        tier_b=True,
    ),
    cannot_be_told(
        "answers that equal everything",
        EQUAL_TO_ALL,
    ),
    cannot_be_told(
        "lies about one test that it knows",
        """
        import aitestgen_guest.jail.guest as guest
        true = guest.Emitter.send
        def send(self, kind, body):
            if body.get("ev") == "end" and body["id"].endswith("test_add"): body = dict(body, outcome="passed")
            if body.get("ev") == "session": body = dict(body, status=0)
            true(self, kind, body)
        guest.Emitter.send = send
        def add(a, b): return a + b
        """,
    ),
    cannot_be_told(
        "tells our canaries from tests",
        """
        import gc, pytest
        from _pytest.config import PytestPluginManager
        class Better:
            @pytest.hookimpl(tryfirst=True)
            def pytest_runtest_call(self, item):
                if item.function.__module__ != "aitestgen_guest.suite.hygiene": item.obj = lambda: None
        next(thing for thing in gc.get_objects() if isinstance(thing, PytestPluginManager)).register(Better())
        def add(a, b): return a + b
        """,
    ),
    cannot_be_told(
        "finds the expected value in the test",
        """
        import sys
        def add(a, b): return next(c for c in reversed(sys._getframe(1).f_code.co_consts) if type(c) is int)
        """,
    ),
)

INTERPRETER = (*REPORTING, *PYTEST, *PYTHON, *LIMITS_OF_IT)
