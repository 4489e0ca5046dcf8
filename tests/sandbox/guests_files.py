"""Guests that play with files: traps in every place that somebody may read, links, odd names, programs of their own."""

import importlib.util
import marshal

from tests.sandbox.guest import ADD, WRONG, Guest, at_import, cannot, does

from aitestgen.values import Outcome, Tier, Verdict

EXIT = "import os; os._exit(0)\n"

SHADOWS = {
    "sitecustomize and usercustomize": {"sitecustomize.py": EXIT, "usercustomize.py": EXIT},
    "a guest package of its own": {
        "aitestgen_guest/__init__.py": EXIT,
        "aitestgen_guest/suite/reporting.py": EXIT,
        "aitestgen_guest/jail/guest.py": EXIT,
    },
    "a pytest package of its own": {
        "pytest/__init__.py": EXIT,
        "_pytest/__init__.py": EXIT,
        "pluggy/__init__.py": EXIT,
    },
    "pyproject.toml": {
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only -p evil'\n",
        "evil.py": EXIT,
    },
    "setup.cfg and tox.ini": {
        "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n",
        "tox.ini": "[pytest]\naddopts = --collect-only\n",
    },
    "conftest.py that exits": {"conftest.py": EXIT},
    "a path file": {"evil.pth": "import os; os._exit(0)\n"},
    "an entry point": {
        "evil-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n",
        "evil-1.dist-info/entry_points.txt": "[pytest11]\nevil = evil\n",
        "evil.py": EXIT,
    },
    "modules of the standard library": dict.fromkeys(
        ("json.py", "random.py", "os.py", "builtins.py", "ctypes.py", "threading.py", "site.py"), EXIT
    ),
    "bytecode of pytest's own kind": {"__pycache__/test_user_code.cpython-311-pytest-9.py": EXIT},
}


def _bytecode(source: str) -> bytes:
    """A module, compiled, that claims never to need a look at its source (PEP 552)."""
    code = compile(source, "/job/pytest.py", "exec")
    return importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(code)


FILES = (
    *(
        Guest(name=name, verdicts=(Verdict.FAILED,), tests=WRONG, files=files, outcome=Outcome.FAILED)
        for name, files in SHADOWS.items()
    ),
    Guest(
        name="bytecode without a source",
        verdicts=(Verdict.FAILED,),
        tests=WRONG,
        files={"pytest.pyc": _bytecode(EXIT), "_pytest.pyc": _bytecode(EXIT)},
        tier_b=True,
    ),
    at_import(
        "bytecode planted in /tmp",
        """
        import os, sys
        os.makedirs("/tmp/__pycache__", exist_ok=True)
        for name in ("test_user_code", "pytest", "_pytest", "json", "sitecustomize"):
            open(f"/tmp/{name}.py", "w").write("import os; os._exit(0)")
            open(f"/tmp/__pycache__/{name}.{sys.implementation.cache_tag}.pyc", "wb").write(b"poison")
        """,
        Verdict.FAILED,
        tier_b=True,
    ),
    does(
        "traps for its own children",
        """
        import os, subprocess, sys
        for name in ("sitecustomize", "usercustomize", "json", "encodings"):
            open(f"/tmp/{name}.py", "w").write("raise SystemExit(3)")
        done = subprocess.run([sys.executable, "-I", "-c", "import json; print(1)"], capture_output=True)
        assert done.stdout == b"1\\n", done
        """,
        Verdict.PASSED,
    ),
    at_import(
        "renames over the test file",
        """
        import os
        open("/tmp/test_user_code.py", "w").write("def test_add(): pass")
        for action in (os.rename, os.replace, os.link):
            for target in ("/job/test_user_code.py", "/aitestgen/lib/pytest/__init__.py"):
                try: action("/tmp/test_user_code.py", target)
                except OSError: continue
                os._exit(0)
        """,
        Verdict.FAILED,
        tier_b=True,
    ),
    does(
        "changes files of its job",
        """
        import os, shutil
        attempts = (
            lambda: os.unlink("/job/user_code.py"), lambda: os.truncate("/job/user_code.py", 0),
            lambda: open("/job/user_code.py", "a"), lambda: os.rename("/job/user_code.py", "/job/other.py"),
            lambda: os.rename("/job", "/tmp/job"), lambda: os.mkdir("/job/__pycache__"),
            lambda: os.symlink("/tmp", "/job/link"), lambda: shutil.rmtree("/job"),
        )
        for number, attempt in enumerate(attempts):
            try: attempt()
            except OSError: continue
            raise AssertionError(number)
        """,
        Verdict.PASSED,
        tier_b=True,
        differs={Tier.VM: (Verdict.PASSED, Verdict.FAILED)},  # gVisor has no Landlock, and the files are its user's
    ),
    does(
        "changes modes and times of its job's files",
        """
        import os
        attempts = (
            lambda: os.chmod("/job/user_code.py", 0o777), lambda: os.utime("/job/user_code.py", (0, 0)),
            lambda: os.setxattr("/job/user_code.py", "user.x", b"x"),
        )
        for number, attempt in enumerate(attempts):
            try: attempt()
            except OSError: continue
            raise AssertionError(number)
        """,
        Verdict.PASSED,
        tier_b=True,
        contained=(Verdict.FAILED,),  # there the files are its user's own, and Landlock keeps only what is in them
    ),
    cannot("a hard link to a file that is not its own", "os.link('/job/user_code.py', '/tmp/mine')"),
    does(
        "a race of symbolic links",
        """
        import os, threading
        stop = []
        open("/tmp/mine", "w").write("mine")
        def flip():
            while not stop:
                for target in ("/etc/shadow", "/tmp/mine", "/proc/1/environ"):
                    os.symlink(target, "/tmp/next"); os.rename("/tmp/next", "/tmp/link")
        thread = threading.Thread(target=flip); thread.start()
        for _ in range(3_000):
            try: assert open("/tmp/link").read() == "mine"
            except OSError: pass
        stop.append(1); thread.join()
        """,
        Verdict.PASSED,
    ),
    does(
        "odd names",
        """
        import os
        odd = b"line\\nfeed", b"\\xff\\xfe", b"\\x1b[2J", b" ", b"-rf", b"*", b"a" * 255, "\\U0001f4a5".encode()
        for name in odd:
            open(b"/tmp/" + name, "wb").close(); os.mkdir(b"/dev/shm/" + name)
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "pipes, sockets and loops of links in /tmp",
        """
        import os, socket
        os.mkfifo("/tmp/fifo"); os.mkfifo("/dev/shm/fifo")
        server = socket.socket(socket.AF_UNIX); server.bind("/tmp/socket"); server.listen()
        os.symlink("/tmp/loop", "/tmp/loop"); os.symlink("/", "/tmp/root"); os.mkdir("/tmp/closed", 0)
        """,
        Verdict.PASSED,
    ),
    does(
        "a library planted for its children",
        """
        import os, shutil, subprocess, sys, _ctypes
        shutil.copyfile(_ctypes.__file__, "/tmp/evil.so")
        program = "print(any('evil' in line and 'r-xp' in line for line in open('/proc/self/maps')))"
        for variable in ("LD_PRELOAD", "LD_AUDIT"):
            done = subprocess.run([sys.executable, "-c", program], env={variable: "/tmp/evil.so"}, capture_output=True)
            assert done.stdout == b"False\\n", done
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "a program through the loader",
        """
        import glob, os, shutil, subprocess, sys
        shutil.copyfile(os.path.realpath(sys.executable), "/tmp/program"); os.chmod("/tmp/program", 0o755)
        for loader in glob.glob("/lib64/ld-linux*.so*") + glob.glob("/lib/ld-linux*.so*"):
            assert subprocess.run([loader, "/tmp/program", "-c", "print(1)"], capture_output=True).stdout == b""
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "mapping a file of its own as code",
        """
        import mmap, os
        open("/tmp/code", "wb").write(b"x" * 4096)
        with open("/tmp/code", "r+b") as file:
            try: mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)
            except OSError: pass
            else: raise AssertionError
        """,
        Verdict.PASSED,
    ),
    does(
        "a script with a first line",
        """
        import os, subprocess, sys
        for folder in ("/tmp", "/dev/shm"):
            open(folder + "/script", "w").write(f"#!{sys.executable}\\nprint(1)"); os.chmod(folder + "/script", 0o755)
            try: subprocess.run([folder + "/script"])
            except PermissionError: continue
            raise AssertionError(folder)
        """,
        Verdict.PASSED,
    ),
    cannot("a shell", "import subprocess; subprocess.run(['/bin/sh', '-c', 'true'], check=True)"),
    Guest(
        name="deep imports",
        verdicts=(Verdict.NOT_COLLECTED,),
        code="import m0\n" + ADD,
        files={f"m{n}.py": f"import m{n + 1}\n" for n in range(1_200)},
    ),
    Guest(
        name="an expression too deep to read",
        verdicts=(Verdict.NOT_COLLECTED,),
        code="x = " + "(" * 3_000 + ")" * 3_000 + ADD,
    ),
)
