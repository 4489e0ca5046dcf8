"""Guests that try to see, reach or change something outside."""

from tests.sandbox.guest import PATIENT, cannot, does

from aitestgen.values import Verdict

SYSCALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""

ESCAPE = (
    cannot(
        "host's loopback",
        "import socket; socket.create_connection(('127.0.0.1', int(open('/job/port').read())), 1)",
        tier_b=True,
    ),
    cannot("DNS", "import socket; socket.getaddrinfo('example.org', 80)", tier_b=True),
    cannot("UDP socket", "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"),
    cannot("netlink", "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)"),
    cannot("vsock", "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)", tier_b=True),
    cannot("raw packets", "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)"),
    cannot(
        "host's abstract sockets", "import socket; socket.socket(socket.AF_UNIX).connect('\\0aitestgen-uid-200001')"
    ),
    cannot("/etc/passwd", "open('/etc/passwd')", tier_b=True),
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
        strange = [to for to in seen.values() if not to.startswith(("pipe:", "/dev/null", "/tmp", "/proc"))]
        assert not strange, seen
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "is nobody",
        """
        import os
        assert os.getresuid() == (65534,) * 3 and os.getresgid() == (65534,) * 3 and set(os.getgroups()) <= {65534}
        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        assert all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
        assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
        """,
        Verdict.PASSED,
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
        limits=PATIENT,
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
    *(
        cannot(name, f"{SYSCALL}\ncall({arguments})", tier_b=name in {"mount", "unshare", "ptrace"})
        for name, arguments in {
            "mount": "165, b'none', b'/tmp', b'tmpfs', 0, None",
            "umount": "166, b'/tmp', 2",
            "unshare": "272, 0x10000000",
            "setns": "308, 0, 0",
            "clone3": "435, None, 0",
            "clone with a namespace": "56, 0x10000000 | 17, None, None, None, None",
            "ptrace": "101, 0, 0, None, None",
            "process_vm_readv": "310, 1, None, 0, None, 0, 0",
            "keyctl": "250, 0, -3, 0",
            "add_key": "248, b'user', b'k', b'v', 1, -3",
            "io_uring": "425, 8, None",
            "bpf": "321, 0, None, 0",
            "perf_event_open": "298, None, 0, -1, -1, 0",
            "userfaultfd": "323, 0",
            "new mount API": "430, b'tmpfs', 0",
            "pivot_root": "155, b'/tmp', b'/tmp'",
            "execveat": "322, 0, b'/x', None, None, 0",
            "kexec": "246, 0, 0, None, 0",
            "module": "313, 0, b'', 0",
            "reboot": "169, 0xfee1dead, 672274793, 0x1234567, None",
            "setuid": "105, 0",
            "setgroups": "116, 0, None",
            "System V memory": "29, 0, 4096, 0o1000",
        }.items()
    ),
    does("x32 calls", f"{SYSCALL}\ncall(0x40000000 + 39)", Verdict.CRASHED),
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
