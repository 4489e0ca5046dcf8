"""Guests that try to see, reach or change something outside."""

from tests.sandbox.guest import cannot, does
from tests.sandbox.host import FOLDER

from aitestgen.values import Tier, Verdict

PORT = "port = open('/job/port').read()"

ESCAPE = (
    cannot(
        "host's loopback",
        "import socket; socket.create_connection(('127.0.0.1', int(open('/job/port').read())), 1)",
        tier_b=True,
    ),
    cannot("DNS", "import socket; socket.getaddrinfo('example.org', 80)", tier_b=True),
    cannot(
        "host's abstract socket",
        f"import socket; {PORT}; socket.socket(socket.AF_UNIX).connect('\\0aitestgen-bait-' + port)",
        tier_b=True,
    ),
    cannot(
        "host's socket in a folder",
        f"import socket; {PORT}; socket.socket(socket.AF_UNIX).connect(f'{FOLDER}/aitestgen-bait-{{port}}/socket')",
        tier_b=True,
    ),
    *(
        cannot(name, f"import socket; socket.socket({family}, socket.{kind}, 0)", tier_b=name == "vsock")
        for name, family, kind in (
            ("UDP socket", 2, "SOCK_DGRAM"),
            ("IPv6 socket", 10, "SOCK_STREAM"),
            ("raw socket", 2, "SOCK_RAW"),
            ("netlink", 16, "SOCK_RAW"),
            ("raw packets", 17, "SOCK_RAW"),
            ("crypto sockets (AF_ALG)", 38, "SOCK_SEQPACKET"),
            ("vsock", 40, "SOCK_STREAM"),
            ("key management sockets", 15, "SOCK_RAW"),
            ("CAN sockets", 29, "SOCK_RAW"),
            ("Bluetooth sockets", 31, "SOCK_RAW"),
            ("express data path sockets", 44, "SOCK_RAW"),
        )
    ),
    does(
        "/etc/passwd",
        """
        try: users = [line.split(":")[0] for line in open("/etc/passwd")]
        except OSError: users = []
        assert users in ([], ["root", "testuser"])  # an image's own, of which the host's users are no part
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    cannot("/etc/shadow", "open('/etc/shadow')", tier_b=True),
    cannot("host's home", "os.listdir('/root')+os.listdir('/home')+[][0]", "(OSError, IndexError)"),
    does(
        "own environment",
        """
        import os
        assert not [name for name in os.environ if name not in
            "PATH HOME TMPDIR LOGNAME LANG TZ PWD PYTHONHASHSEED PYTHONDONTWRITEBYTECODE LC_CTYPE "
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD PYTEST_CURRENT_TEST PYTEST_VERSION".split()], dict(os.environ)
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    cannot("environment of pid 1", "open('/proc/1/environ').read()", tier_b=True),
    does(
        "other processes",
        """
        import os
        assert {int(name) for name in os.listdir("/proc") if name.isdigit()} <= {1, os.getpid()}
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "no descriptor of the host",
        """
        import os
        seen = {}
        for fd in os.listdir("/proc/self/fd"):
            try: seen[fd] = os.readlink(f"/proc/self/fd/{fd}")
            except OSError: pass
        # gVisor calls what it was given as stdout and stderr `host:`; on Linux nothing has such a name
        strange = [to for to in seen.values() if not to.startswith(("pipe:", "host:[", "/dev/null", "/tmp", "/proc"))]
        assert not strange, seen
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "is nobody",
        """
        import ctypes, os
        assert os.getresuid() == (65534,) * 3 and os.getresgid() == (65534,) * 3 and set(os.getgroups()) <= {65534}
        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        # gVisor has no line for the ambient ones: they are never more than the inheritable and the permitted
        assert int(status.get("CapAmb", "0"), 16) == 0
        assert all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd"))
        assert ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 1  # no_new_privs, for which gVisor has no line either
        assert status["Seccomp"].strip() == "2"
        """,
        Verdict.PASSED,
        differs={Tier.VM: (Verdict.PASSED, Verdict.FAILED)},  # runsc leaves the filter out: the kernel is its own
        tier_b=True,
    ),
    does(
        "writing outside /tmp",
        """
        import os
        for folder in ("/", "/job", "/usr", "/aitestgen/lib", "/dev", "/proc", "/etc", os.path.dirname(os.__file__)):
            try: open(folder + "/planted", "w")
            except OSError: continue
            raise AssertionError(folder)
        """,
        Verdict.PASSED,
        differs={Tier.VM: (Verdict.PASSED, Verdict.FAILED)},  # gVisor has no Landlock, and /job is its user's
        tier_b=True,
    ),
    cannot("the host's core_pattern", "open('/proc/sys/kernel/core_pattern', 'r+')", tier_b=True),
    cannot("sysrq", "open('/proc/sysrq-trigger', 'w')"),
    does(
        "executing what it wrote",
        """
        import os, shutil, subprocess, sys
        real = os.path.realpath(sys.executable)
        for folder in ("/tmp", "/dev/shm"):
            shutil.copyfile(real, folder + "/program"); os.chmod(folder + "/program", 0o755)
            try: subprocess.run([folder + "/program", "-c", ""])
            except PermissionError: continue
            raise AssertionError(folder)
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    cannot(
        "loading a library it wrote",
        """
        import ctypes, shutil, _ctypes
        shutil.copyfile(_ctypes.__file__, "/tmp/lib.so")
        ctypes.CDLL("/tmp/lib.so")
        """,
    ),
    cannot("memfd", "os.memfd_create('x')", tier_b=True),
    cannot("chroot", "os.chroot('/tmp')"),
    cannot("device node", "import stat; os.mknod('/tmp/disk', 0o666 | stat.S_IFBLK, os.makedev(8, 0))"),
    cannot(
        "set-uid bit",
        """
        import shutil, sys
        shutil.copyfile(os.path.realpath(sys.executable), "/tmp/su"); os.chmod("/tmp/su", 0o4755)
        import subprocess; subprocess.run(["/tmp/su", "-c", ""], check=True)
        """,
    ),
    does(
        "symlinks out",
        """
        import os
        for target in ("/etc/shadow", "/proc/1/" + "root/etc/shadow", "/proc/1/cwd/../etc/passwd", "../../etc/shadow"):
            os.symlink(target, "/tmp/link")
            try: open("/tmp/link").read()
            except OSError: pass
            else: raise AssertionError(target)
            os.unlink("/tmp/link")
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "raising its limits",
        """
        import resource
        for kind in (resource.RLIMIT_NPROC, resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
            try: resource.setrlimit(kind, (1 << 20, 1 << 20))
            except (OSError, ValueError): continue
            if kind != resource.RLIMIT_FSIZE: raise AssertionError(kind)
        """,
        Verdict.PASSED,
    ),
    cannot("terminal injection", "import fcntl, pty; m, s = pty.openpty(); fcntl.ioctl(s, 0x5412, b'x')"),
)
