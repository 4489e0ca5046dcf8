"""Benign guests that use what pytest and unittest offer: fixtures, marks, captures, classes."""

from textwrap import dedent

from tests.sandbox.guest import Guest

from aitestgen.values import Limits, Outcome, Verdict

ROOM = Limits(wall_seconds=20.0, cpu_cores=2.0)
FILE = "test_user_code.py"

TESTS = {
    "tmp_path": "def test_add(tmp_path): (tmp_path / 'a').write_text('b'); assert len(list(tmp_path.iterdir())) == 1",
    "tmp_path_factory": "def test_add(tmp_path_factory): assert tmp_path_factory.mktemp('x').is_dir()",
    "tmpdir": "def test_add(tmp_path, tmp_path_factory): assert tmp_path_factory.getbasetemp() in tmp_path.parents",
    "capsys": "def test_add(capsys): print('x'); assert capsys.readouterr().out == 'x\\n'",
    "capfd": "import os\ndef test_add(capfd): os.write(1, b'x'); assert capfd.readouterr().out == 'x'",
    "capfdbinary": """
        import os
        def test_add(capfdbinary): os.write(2, b"\\xff"); assert capfdbinary.readouterr().err == b"\\xff\"""",
    "caplog": "import logging\ndef test_add(caplog): logging.warning('x'); assert caplog.messages == ['x']",
    "recwarn": "import warnings\ndef test_add(recwarn): warnings.warn('x'); assert len(recwarn) == 1",
    "monkeypatch": """
        import os, time
        def test_add(monkeypatch, tmp_path):
            monkeypatch.setenv("HOME", "/x"); monkeypatch.chdir(tmp_path); monkeypatch.setattr(time, "time", lambda: 1)
            assert os.environ["HOME"] == "/x" and time.time() == 1""",
    "a monkeypatched clock": """
        import time
        def test_add(monkeypatch):
            for name in ("time", "monotonic", "perf_counter"): monkeypatch.setattr(time, name, lambda: -1e30)""",
    "a monkeypatched builtin, put back": """
        import builtins
        def test_add(monkeypatch): monkeypatch.setattr(builtins, "open", None); assert open is None""",
    "fixtures of every scope": """
        import pytest
        seen = []
        def made(scope):
            @pytest.fixture(scope=scope, name=scope)
            def fixture(): seen.append(scope); yield scope; seen.append(scope)
            return fixture
        a, b, c, d = map(made, ("session", "package", "module", "class")); e = made("function")
        def test_add(session, package, module, function): assert len(seen) == 4""",
    "automatic and yielding fixtures": """
        import pytest
        @pytest.fixture(autouse=True)
        def before(request): request.addfinalizer(lambda: None); yield 1
        @pytest.fixture
        def thing(before): yield before; assert True
        def test_add(thing): assert thing == 1""",
    "parametrization": """
        import pytest
        @pytest.mark.parametrize(("a", "b"), [(1, 2), pytest.param(3, 4, id="names [with] brackets::and ü")])
        @pytest.mark.parametrize("c", [0, None])
        def test_add(a, b, c): assert b - a == 1""",
    "indirect parametrization": """
        import pytest
        @pytest.fixture(params=[1, 2], ids=str)
        def n(request): return request.param
        @pytest.fixture
        def doubled(request): return 2 * request.param
        @pytest.mark.parametrize("doubled", [3], indirect=True)
        def test_add(n, doubled): assert doubled == 6 and n in (1, 2)""",
    "async code under asyncio.run": """
        import asyncio
        def test_add():
            async def main():
                async with asyncio.timeout(5): return await asyncio.to_thread(sum, [1, 2])
            assert asyncio.run(main()) == 3""",
    "raises, warns, approx": """
        import pytest, warnings
        def test_add():
            with pytest.raises(ValueError, match="invalid literal"): int("x")
            with pytest.warns(UserWarning): warnings.warn("x")
            assert 0.1 + 0.2 == pytest.approx(0.3)""",
    "logging": """
        import logging, io
        def test_add():
            logger = logging.getLogger("x"); stream = io.StringIO(); logger.addHandler(logging.StreamHandler(stream))
            logger.error("bad"); assert stream.getvalue() == "bad\\n\"""",
    "unittest.mock": """
        from unittest import mock
        def test_add():
            with mock.patch("os.getcwd", return_value="/x") as patched:
                import os; assert os.getcwd() == "/x"
            patched.assert_called_once()""",
    "a profile function and a trace function": """
        import sys
        def test_add():
            seen = []; sys.setprofile(lambda *a: seen.append(a)); len([]); sys.setprofile(None); assert seen""",
    "stdout replaced": """
        import contextlib, io, sys
        def test_add():
            with contextlib.redirect_stdout(io.StringIO()) as out: print("x")
            assert out.getvalue() == "x\\n\"""",
}

CLASSES = {
    "a class of tests": (
        ("TestIt::test_add",),
        """
        class TestIt:
            def setup_method(self): self.x = 1
            def test_add(self): assert self.x == 1""",
    ),
    "unittest.TestCase": (
        ("Case::test_add", "Case::test_more"),
        """
        import unittest
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls): cls.x = 1
            def setUp(self): self.addCleanup(print, "clean")
            def test_add(self):
                for n in range(3):
                    with self.subTest(n=n): self.assertEqual(self.x, 1)
            def test_more(self):
                with self.assertRaises(ValueError): int("x")""",
    ),
    "unittest.IsolatedAsyncioTestCase": (
        ("Case::test_add",),
        """
        import asyncio, unittest
        class Case(unittest.IsolatedAsyncioTestCase):
            async def test_add(self): await asyncio.sleep(0); self.assertTrue(True)""",
    ),
    "many tests": (
        tuple(f"test_{n}" for n in range(300)),
        "for n in range(300): exec(f'def test_{n}(): assert {n} == {n}')",
    ),
}

OUTCOMES = (
    ("a skipped test", Outcome.SKIPPED, "import pytest\n@pytest.mark.skip\ndef test_add(): assert 0\n"),
    (
        "a test skipped by a condition",
        Outcome.SKIPPED,
        "import pytest\ndef test_add(): pytest.importorskip('nowhere')\n",
    ),
    ("an expected failure", Outcome.XFAILED, "import pytest\n@pytest.mark.xfail\ndef test_add(): assert 0\n"),
    ("an unexpected success", Outcome.XPASSED, "import pytest\n@pytest.mark.xfail\ndef test_add(): pass\n"),
)

OF_PYTEST = (
    *(
        Guest(name=name, verdicts=(Verdict.PASSED,), tests=dedent(text).lstrip() + "\n", limits=ROOM)
        for name, text in TESTS.items()
    ),
    *(
        Guest(
            name=name,
            verdicts=(Verdict.PASSED,),
            tests=dedent(text).lstrip() + "\n",
            limits=ROOM,
            expected=tuple(f"{FILE}::{test}" for test in tests),
        )
        for name, (tests, text) in CLASSES.items()
    ),
    *(
        Guest(name=name, verdicts=(Verdict.PASSED,), tests=tests, outcome=outcome, tier_b=True)
        for name, outcome, tests in OUTCOMES
    ),
)
