"""Guests that do without numbers and mounts of their own jail: they go for their parent, for each other and the disk.

Every jail stops them; without namespaces it is Landlock, the filter and a trusted process that do.
"""

from tests.sandbox.guest import cannot, does
from tests.sandbox.guests_proc import BAIT

from aitestgen.values import Verdict

OF_THE_PARENT = (
    cannot("SIGKILL to its parent", "os.kill(os.getppid(), 9); os.getppid() == 1 and [][0]", "(IndexError, OSError)"),
    does(
        "every signal to its parent",
        """
        import contextlib, os, time
        parent = os.getppid()
        for number in range(1, 65):
            with contextlib.suppress(OSError): os.kill(parent, number)
        time.sleep(0.2)
        assert os.getppid() == parent
        """,
        Verdict.PASSED,
    ),
    does(
        "its parent by a descriptor",
        """
        import contextlib, os, signal, time
        parent = os.getppid()
        with contextlib.suppress(OSError): signal.pidfd_send_signal(os.pidfd_open(parent), 9)
        time.sleep(0.2)
        assert os.getppid() == parent
        """,
        Verdict.PASSED,
    ),
    does(
        "signals to its parent from a file's owner",
        """
        import contextlib, fcntl, os, time
        parent = os.getppid()
        reading, writing = os.pipe()
        with contextlib.suppress(OSError): fcntl.fcntl(reading, 8, parent)
        fcntl.fcntl(reading, 10, 9)
        fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(writing, b"x"); time.sleep(0.2)
        assert os.getppid() == parent
        """,
        Verdict.PASSED,
    ),
    cannot("its parent's limits", "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3))"),
    cannot("its parent's processors", "os.sched_setaffinity(os.getppid(), {0})"),
    cannot("its parent's niceness", "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)"),
    cannot("its parent's memory", "open(f'/proc/{os.getppid()}/mem', 'r+b')"),
    cannot(
        "its parent's environment",
        "open(f'/proc/{os.getppid()}/environ', 'rb').read() or [][0]",
        "(OSError, IndexError)",
    ),
    cannot("its parent's descriptors", "os.listdir(f'/proc/{os.getppid()}/fd')"),
    does(
        "everybody it can find",
        """
        import contextlib, os, time
        parent, own = os.getppid(), os.getpid()
        for pid in (*range(2, 3_000), *range(parent - 300, parent + 50)):
            if pid not in (0, 1, own) and pid > 0:
                with contextlib.suppress(OSError): os.kill(pid, 9)
        time.sleep(0.1)
        assert os.getppid() == parent
        """,
        Verdict.PASSED,
    ),
)

OF_NAMES = (
    does(
        "the host's socket, by name",
        f"""
        import socket
        {BAIT}
        try: socket.socket(socket.AF_UNIX).connect(bait.replace("/secret", "/socket"))
        except OSError: pass
        else: raise AssertionError
        """,
        Verdict.PASSED,
    ),
    does(
        "the host's socket, through one of a pair",
        f"""
        import socket
        {BAIT}
        for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            try:
                a, b = socket.socketpair(socket.AF_UNIX, kind)
                a.sendto(b"x", bait.replace("/secret", "/socket"))
            except OSError: continue
            assert kind == socket.SOCK_SEQPACKET and b.recv(1) == b"x", kind  # the name is ignored
        """,
        Verdict.PASSED,
    ),
    does(
        "modes, owners and dates of the host's file",
        f"""
        import os
        {BAIT}
        attempts = (
            lambda: os.chmod(bait, 0), lambda: os.chown(bait, os.getuid(), os.getgid()), lambda: os.utime(bait, (1, 1)),
            lambda: os.utime(bait),
            lambda: os.setxattr(bait, "user.x", b"x"), lambda: os.truncate(bait, 0), lambda: os.unlink(bait),
            lambda: os.link(bait, "/tmp/mine"), lambda: os.rename(bait, "/tmp/mine"),
        )
        for number, attempt in enumerate(attempts):
            try: attempt()
            except OSError: continue
            raise AssertionError(number)
        """,
        Verdict.PASSED,
    ),
    does(
        "modes and dates of what it is shown",
        """
        import aitestgen_guest.jail.guest, os, pytest, user_code
        for file in (user_code.__file__, os.__file__, pytest.__file__, aitestgen_guest.jail.guest.__file__):
            handle = os.open(file, os.O_RDONLY)
            attempts = (
                lambda: os.chmod(file, 0), lambda: os.fchmod(handle, 0), lambda: os.utime(handle, (1, 1)),
                lambda: os.chmod(os.path.dirname(file), 0), lambda: open(file, "a"), lambda: os.unlink(file),
                lambda: os.mkdir(os.path.dirname(file) + "/more"), lambda: os.rename(file, "/tmp/mine"),
            )
            for number, attempt in enumerate(attempts):
                try: attempt()
                except OSError: continue
                raise AssertionError((file, number))
        """,
        Verdict.PASSED,
        contained=(
            Verdict.FAILED,
        ),  # there the files of the job are its user's own: see the modes and times of job files
    ),
    does(
        "a program of its own in /tmp",
        """
        import os, subprocess, sys
        os.close(os.open("/tmp/program", os.O_CREAT, 0o700))
        with open("/tmp/program", "wb") as file: file.write(open(os.path.realpath(sys.executable), "rb").read())
        try: subprocess.run(["/tmp/program", "-c", ""])
        except PermissionError: return
        raise AssertionError
        """,
        Verdict.PASSED,
    ),
)

OF_THE_DISK = (
    does(
        "files without a name",
        """
        import os
        for number in range(100):
            handle = os.open(f"/tmp/{number}", os.O_CREAT | os.O_RDWR); os.unlink(f"/tmp/{number}")
            os.write(handle, b"x" * (2 << 20))
        import time; time.sleep(60)
        """,
        Verdict.FAILED,
        Verdict.OUTPUT_LIMIT,
        Verdict.OUT_OF_MEMORY,
    ),
    does(
        "a folder that can be filled but not read",
        """
        import os, time
        os.mkdir("/tmp/hidden", 0o300)
        for number in range(100): open(f"/tmp/hidden/{number}", "wb").write(b"x" * (2 << 20))
        time.sleep(60)
        """,
        Verdict.FAILED,
        Verdict.OUTPUT_LIMIT,
        Verdict.OUT_OF_MEMORY,
    ),
    does(
        "folders that nobody may read",
        "import os\nfor number in range(5): os.mkdir(f'/tmp/closed-{number}', 0)",
        Verdict.PASSED,
    ),
    does(
        "a tree of two thousand levels",
        """
        import os
        for _ in range(2_000): os.mkdir("deep"); os.chdir("deep")
        os.chdir("/")
        """,
        Verdict.PASSED,
    ),
)

OF_THE_DEAD = (
    does(
        "orphans of orphans in sessions of their own",
        """
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                os.setsid()
                if os.fork(): os._exit(0)
                os.setsid()
                if os.fork(): os._exit(0)
                while True: time.sleep(1)
            os.wait()
        """,
        Verdict.PASSED,
    ),
    does(
        "orphans that go on forking when it is dead",
        """
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                os.setsid()
                while True:
                    if os.fork(): os._exit(0)
        os._exit(0)
        """,
        Verdict.INCOMPLETE,
        Verdict.PROCESS_LIMIT,
    ),
)

PARENT = (*OF_THE_PARENT, *OF_NAMES, *OF_THE_DISK, *OF_THE_DEAD)
