"""Guests that do what tests do. Each must get exactly what it deserves: nearly all of them, `passed`."""

import importlib.util
import sysconfig
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from tests.sandbox.guest import ADD, WRONG, Guest
from tests.sandbox.guests_benign_pytest import OF_PYTEST

from aitestgen.values import Limits, Outcome, Verdict

ROOM = Limits(wall_seconds=20.0, cpu_cores=2.0)


def works(name: str, body: str, **more: Any) -> Guest:
    """A guest whose one test runs `body` and passes."""
    text = f"{dedent(body).strip()}\n"
    tests = f"def test_add(tmp_path):\n{indent(text, '    ')}"
    return Guest(
        name=name, verdicts=(Verdict.PASSED,), outcome=Outcome.PASSED, tests=tests, limits=ROOM, tier_b=True, **more
    )


PROCESSES = {
    "threads": """
        import threading
        seen = []
        threads = [threading.Thread(target=seen.append, args=(n,)) for n in range(8)]
        [thread.start() for thread in threads]; [thread.join() for thread in threads]
        assert sorted(seen) == list(range(8))""",
    "40 threads": """
        import threading
        barrier = threading.Barrier(41)
        threads = [threading.Thread(target=barrier.wait) for _ in range(40)]
        [thread.start() for thread in threads]; barrier.wait(); [thread.join() for thread in threads]""",
    "pool of threads": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool: assert sum(pool.map(abs, range(-50, 0))) == 1275""",
    "subprocess of Python": """
        import subprocess, sys
        done = subprocess.run([sys.executable, "-c", "print(input())"], input="ü", capture_output=True, text=True)
        assert done.stdout == "ü\\n\"""",
    "multiprocessing by fork": """
        import multiprocessing
        context = multiprocessing.get_context("fork"); queue = context.Queue()
        process = context.Process(target=queue.put, args=([1, 2],)); process.start()
        assert queue.get(timeout=10) == [1, 2]
        process.join(); assert process.exitcode == 0""",
    "multiprocessing by spawn": """
        import math, multiprocessing
        with multiprocessing.get_context("spawn").Pool(1) as pool: assert pool.map(math.sqrt, [4, 9]) == [2, 3]""",
    "pool of processes": """
        import math, multiprocessing
        with multiprocessing.get_context("fork").Pool(2) as pool: assert pool.map(math.sqrt, [4, 9]) == [2, 3]""",
    "shared memory": """
        from multiprocessing import shared_memory
        block = shared_memory.SharedMemory(create=True, size=1024)
        block.buf[:4] = b"abcd"
        again = shared_memory.SharedMemory(name=block.name); assert bytes(again.buf[:4]) == b"abcd"
        again.close(); block.close(); block.unlink()""",
    "semaphores and locks of processes": """
        import multiprocessing
        lock, semaphore = multiprocessing.Lock(), multiprocessing.Semaphore(2)
        with lock, semaphore: assert not lock.acquire(block=False)""",
    "fork and waitpid": """
        import os
        pid = os.fork()
        if pid == 0: os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7""",
    "signal.alarm": """
        import signal, pytest, time
        def late(*_): raise TimeoutError
        signal.signal(signal.SIGALRM, late); signal.alarm(1)
        with pytest.raises(TimeoutError): time.sleep(5)""",
    "asyncio": """
        import asyncio
        async def work(n): await asyncio.sleep(0.01); return n
        async def main(): return await asyncio.gather(*map(work, range(5)))
        assert asyncio.run(main()) == [0, 1, 2, 3, 4]""",
    "asyncio's subprocesses": """
        import asyncio, sys
        async def main():
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(3)", stdout=-1)
            return (await process.communicate())[0]
        assert asyncio.run(main()) == b"3\\n\"""",
    "asyncio's streams over a unix socket": """
        import asyncio
        async def echo(reader, writer): writer.write(await reader.readline()); writer.close()
        async def main():
            server = await asyncio.start_unix_server(echo, str(tmp_path / "socket"))
            async with server:
                reader, writer = await asyncio.open_unix_connection(str(tmp_path / "socket"))
                writer.write(b"hello\\n"); answer = await reader.readline(); writer.close()
                return answer
        assert asyncio.run(main()) == b"hello\\n\"""",
    "socket pairs and selectors": """
        import select, selectors, socket
        a, b = socket.socketpair(); a.send(b"x")
        assert select.select([b], [], [], 5)[0] == [b]
        poll = select.poll(); poll.register(b, select.POLLIN); assert poll.poll(5)
        epoll = select.epoll(); epoll.register(b.fileno(), select.EPOLLIN); assert epoll.poll(5); epoll.close()
        with selectors.DefaultSelector() as selector: selector.register(b, 1); assert selector.select(5)
        assert b.recv(1) == b"x"; a.close(); b.close()""",
    "queues": """
        import queue, threading
        q = queue.Queue(1); threading.Thread(target=q.put, args=(3,)).start(); assert q.get(timeout=5) == 3""",
}

LIBRARY = {
    "sqlite3 in memory": """
        import sqlite3
        assert sqlite3.connect(':memory:').execute('select 6 * 7').fetchone() == (42,)""",
    "sqlite3 in a file": """
        import sqlite3
        with sqlite3.connect(tmp_path / "db") as db:
            db.execute("create table t (x)"); db.execute("insert into t values (1)")
        db.close()
        again = sqlite3.connect(tmp_path / "db")
        assert again.execute("select * from t").fetchall() == [(1,)]
        again.execute("pragma journal_mode=wal"); again.close()""",
    "dataclasses, enum, typing": """
        import dataclasses, enum, typing
        T = typing.TypeVar("T")
        class Box(typing.Generic[T]): pass
        class Colour(enum.Enum): RED = enum.auto()
        @dataclasses.dataclass(frozen=True, slots=True)
        class Point: x: int; y: int = 2
        assert dataclasses.replace(Point(1), y=3) == Point(1, 3) and Colour["RED"].value == 1
        assert typing.get_args(Box[int]) == (int,)""",
    "decimal and fractions": """
        from decimal import Decimal, localcontext; from fractions import Fraction
        assert Decimal("0.1") + Decimal("0.2") == Decimal("0.3") and Fraction(1, 3) * 3 == 1""",
    "datetime and time zones": """
        import datetime, os, time, pytest, zoneinfo
        assert datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc).isoformat() == "2024-02-29T00:00:00+00:00"
        try: zone = zoneinfo.ZoneInfo("Europe/Berlin")
        except zoneinfo.ZoneInfoNotFoundError: return
        assert datetime.datetime(2024, 7, 1, tzinfo=zone).utcoffset() == datetime.timedelta(hours=2)""",
    "locale": "import locale; locale.setlocale(locale.LC_ALL, 'C'); assert locale.str(1.5) == '1.5'",
    "random, secrets, uuid": """
        import random, secrets, uuid
        assert random.Random(1).random() == random.Random(1).random() and len(secrets.token_hex(8)) == 16
        assert uuid.uuid4() != uuid.uuid4() and uuid.uuid5(uuid.NAMESPACE_DNS, "a").version == 5""",
    "hashlib and hmac": """
        import hashlib, hmac
        assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442") and hashlib.blake2b(b"x").digest_size == 64
        one, two = (hashlib.scrypt(b"p", salt=b"s", n=2, r=1, p=1) for _ in range(2))
        assert hmac.compare_digest(one, two)""",
    "zlib, bz2, lzma": """
        import bz2, gzip, lzma, zlib
        for kind in (zlib, bz2, lzma, gzip): assert kind.decompress(kind.compress(b"x" * 9_999)) == b"x" * 9_999""",
    "json, csv, pickle": """
        import csv, io, json, pickle
        assert json.loads(json.dumps({"a": [1, None, "ü"]})) == pickle.loads(pickle.dumps({"a": [1, None, "ü"]}))
        assert list(csv.reader(io.StringIO("a,b\\n"))) == [["a", "b"]]""",
    "re": "import re; assert re.sub(r'(?P<x>a+)', r'<\\g<x>>', 'baab') == 'b<aa>b'",
    "tempfile": """
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            with tempfile.NamedTemporaryFile("w", dir=folder) as file: file.write("x")
        with tempfile.TemporaryFile() as file: file.write(b"x")
        with tempfile.SpooledTemporaryFile() as file: file.write(b"x")""",
    "pathlib and shutil": """
        import os, pathlib, shutil
        (tmp_path / "a" / "b").mkdir(parents=True); (tmp_path / "a" / "b" / "f").write_text("x")
        shutil.copytree(tmp_path / "a", tmp_path / "c"); shutil.move(tmp_path / "c" / "b", tmp_path / "d")
        assert sorted(p.name for p in tmp_path.rglob("*")) == ["a", "b", "c", "d", "f", "f"]
        os.utime(tmp_path / "d" / "f", (1, 1)); os.chmod(tmp_path / "d" / "f", 0o600); os.symlink("a", tmp_path / "l")
        shutil.rmtree(tmp_path / "a")""",
    "zipfile and tarfile": """
        import tarfile, zipfile
        with zipfile.ZipFile(tmp_path / "z", "w") as archive: archive.writestr("a", "b")
        assert zipfile.ZipFile(tmp_path / "z").read("a") == b"b"
        with tarfile.open(tmp_path / "t", "w:gz") as archive: archive.add(tmp_path / "z", "z")
        assert tarfile.open(tmp_path / "t").getnames() == ["z"]""",
    "mmap of a file": """
        import mmap
        (tmp_path / "f").write_bytes(b"abc" * 2_000)
        with open(tmp_path / "f", "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
            view[0] = 120
            assert view.find(b"xbc") == 0""",
    "ctypes": "import ctypes; assert ctypes.CDLL(None).abs(-3) == 3",
    "contextvars and contextlib": """
        import contextlib, contextvars
        x = contextvars.ContextVar("x", default=1); context = contextvars.copy_context(); context.run(x.set, 2)
        with contextlib.ExitStack() as stack: stack.callback(lambda: None)
        assert (x.get(), context[x]) == (1, 2)""",
    "weak references and gc": """
        import gc, weakref
        class Thing: pass
        thing, seen = Thing(), []; thing.self = thing; weakref.finalize(thing, seen.append, 1); del thing
        gc.collect(); assert seen == [1]""",
    "warnings": """
        import warnings, pytest
        with pytest.warns(DeprecationWarning): warnings.warn("old", DeprecationWarning)
        with warnings.catch_warnings(): warnings.simplefilter("error")""",
    "collections, itertools, functools": """
        import collections, functools, itertools
        assert collections.Counter("aab").most_common(1) == [("a", 2)] and functools.reduce(int.__add__, [1, 2]) == 3
        assert list(itertools.pairwise([1, 2, 3])) == [(1, 2), (2, 3)]""",
    "xml, html, urllib": """
        import html, urllib.parse, xml.etree.ElementTree as ET
        assert ET.fromstring("<a b='1'/>").get("b") == html.unescape("1") == urllib.parse.parse_qs("x=1")["x"][0]""",
    "ast, inspect, tokenize": """
        import ast, inspect, user_code
        assert inspect.getsource(user_code.add).startswith("def add") and ast.unparse(ast.parse("a+b")) == "a + b\"""",
    "importlib and pkgutil": """
        import importlib, importlib.resources, pkgutil, user_code
        assert importlib.reload(user_code) is user_code
        assert importlib.util.find_spec("user_code").name == "user_code\"""",
    "recursion within limits": "def down(n): return n and down(n - 1)\nassert down(700) == 0",
    "100 MB of memory": "hoard = bytearray(b'x') * (100 << 20); assert len(hoard) == 100 << 20",
    "20 MB of files": """
        (tmp_path / 'f').write_bytes(b'x' * (20 << 20))
        assert (tmp_path / 'f').stat().st_size == 20 << 20""",
    "100 open files": "files = [open(tmp_path / str(n), 'w') for n in range(100)]; [file.close() for file in files]",
    "output below the limit": "for _ in range(900): print('x' * 1_000)",
    "environment and working folder": """
        import os, pathlib
        assert os.getcwd() == "/tmp" and pathlib.Path.home() == pathlib.Path("/tmp") and os.environ["TZ"] == "UTC"
        assert __import__("getpass").getuser() == "sandbox\"""",
    "pseudo-terminal": "import os, pty; a, b = pty.openpty(); os.write(b, b'x'); assert os.read(a, 1) == b'x'",
    "limits of its own": """
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 256""",
    "niceness and processors of its own": "import os; os.nice(1); os.sched_setaffinity(0, os.sched_getaffinity(0))",
}

OF_A_PACKAGE = {
    "numpy": "import numpy; assert numpy.arange(10).sum() == 45 and numpy.linalg.norm([3.0, 4.0]) == 5",
    "pydantic": """
        import pydantic
        class Model(pydantic.BaseModel): x: int
        assert Model(x="3").model_dump_json() == '{"x":3}'""",
}
INSTALLED = Path(sysconfig.get_path("platlib"))
LEFT_OUT = tuple(name for name in OF_A_PACKAGE if importlib.util.find_spec(name) is None)

ODD_FILES = (
    Guest(
        name="source in Latin-1",
        verdicts=(Verdict.PASSED,),
        files={"user_code.py": f"# -*- coding: latin-1 -*-\nNAME = 'é'\n{ADD}".encode("latin-1")},
        tests="import user_code\ndef test_add(): assert user_code.NAME == chr(233)\n",
    ),
    Guest(
        name="source with a byte order mark",
        verdicts=(Verdict.PASSED,),
        files={"user_code.py": b"\xef\xbb\xbf" + ADD.encode()},
    ),
    Guest(
        name="names outside ASCII",
        verdicts=(Verdict.PASSED,),
        code="def größe(naïve): return naïve + 1\n",
        tests="from user_code import größe\ndef test_add(): assert größe(1) == 2\n",
    ),
    Guest(name="Windows line endings", verdicts=(Verdict.PASSED,), files={"user_code.py": ADD.replace("\n", "\r\n")}),
    Guest(
        name="a module of a package",
        verdicts=(Verdict.PASSED,),
        files={
            "shop/__init__.py": "from .cart import total\n",
            "shop/cart.py": "from . import tax\ntotal = tax.rate\n",
            "shop/tax.py": "rate = 2\n",
        },
        tests="import shop\ndef test_add(): assert shop.total == 2\n",
    ),
    Guest(
        name="a module named like one of the library",
        verdicts=(Verdict.PASSED,),
        files={"colorsys.py": "mine = True\n"},
        tests="import colorsys\ndef test_add(): assert colorsys.mine\n",
    ),
    Guest(
        name="a data file beside the code",
        verdicts=(Verdict.PASSED,),
        code="from pathlib import Path\ntext = (Path(__file__).parent / 'data.txt').read_text()\n",
        files={"data.txt": "ü"},
        tests="import user_code\ndef test_add(): assert user_code.text == 'ü'\n",
    ),
    Guest(name="a slow import", verdicts=(Verdict.PASSED,), code=f"import time; time.sleep(1)\n{ADD}", tier_b=True),
    Guest(
        name="doctests",
        verdicts=(Verdict.PASSED,),
        code='def add(a, b):\n    """\n    >>> add(1, 2)\n    3\n    """\n    return a + b\n',
        tests="import doctest, user_code\ndef test_add(): assert doctest.testmod(user_code) == (0, 1)\n",
    ),
    Guest(name="honestly wrong, too", verdicts=(Verdict.FAILED,), tests=WRONG, outcome=Outcome.FAILED, tier_b=True),
)

BENIGN = (
    *(works(name, body) for name, body in (PROCESSES | LIBRARY).items()),
    *(works(name, body, binds=(INSTALLED,)) for name, body in OF_A_PACKAGE.items() if name not in LEFT_OUT),
    *ODD_FILES,
    *OF_PYTEST,
)
