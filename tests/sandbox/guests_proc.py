"""Guests that look for the host in /proc, /sys and /dev, and for the bait that was laid out for them."""

from tests.sandbox.guest import cannot, does
from tests.sandbox.host import FOLDER

from aitestgen.values import Tier, Verdict

BAIT = f"port = open('/job/port').read(); bait = f'{FOLDER}/aitestgen-bait-{{port}}/secret'"

OF_PID_1 = {
    "fd": "os.listdir('/proc/1/fd'); os.listdir('/proc/1/fdinfo')",
    "root": "os.listdir('/proc/1/root')",
    "cwd": "os.listdir('/proc/1/cwd')",
    "exe": "open('/proc/1/exe', 'rb')",
    "maps": "open('/proc/1/maps').read() or 1/0",
    "stack and system call": "open('/proc/1/syscall').read()",
    "namespaces": "open('/proc/1/ns/mnt')",
    "task memory": "open('/proc/1/task/1/mem', 'rb')",
    "map_files": "os.listdir('/proc/1/map_files')",
    "io": "open('/proc/1/io').read()",
}

WRITES_NOWHERE = """
import os
def opened(*roots):
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if not os.path.islink(f"{{folder}}/{{name}}")]
            for name in names:
                try: os.close(os.open(f"{{folder}}/{{name}}", os.O_WRONLY | os.O_NONBLOCK))
                except OSError: continue
                yield f"{{folder}}/{{name}}"
found = list(opened({roots}))
assert not found, found
"""

OPENABLE = {Tier.VM: (Verdict.PASSED, Verdict.FAILED)}
"""gVisor lets its user open pid 1's descriptors: what is written there lacks the run's mark (test_channel.py)."""

PROC = (
    *(
        cannot(
            f"pid 1's {name}",
            body,
            "(OSError, ZeroDivisionError)",
            tier_b=name in {"fd", "root", "namespaces"},
            differs=OPENABLE if name == "fd" else {},
        )
        for name, body in OF_PID_1.items()
    ),
    does("writing /proc/sys", WRITES_NOWHERE.format(roots="'/proc/sys'"), Verdict.PASSED, tier_b=True),
    does(
        "writing /proc, but for its own",
        WRITES_NOWHERE.format(
            roots="*(f'/proc/{name}' for name in os.listdir('/proc') if not name.isdigit() and 'self' not in name)"
        ),
        Verdict.PASSED,
    ),
    does("writing /proc of pid 1", WRITES_NOWHERE.format(roots="'/proc/1'"), Verdict.PASSED, tier_b=True),
    does("writing /sys", WRITES_NOWHERE.format(roots="'/sys'"), Verdict.PASSED, tier_b=True),
    does(
        "control group files",
        """
        import glob
        for path in glob.glob("/sys/fs/cgroup/**", recursive=True):
            try: open(path, "w").close()
            except OSError: continue
            raise AssertionError(path)
        """,
        Verdict.PASSED,
    ),
    does(
        "another control group",
        """
        import glob, os
        names = {line.strip().split(":", 2)[2] for line in open("/proc/self/cgroup")}
        assert names <= {"/"}, names
        """,
        Verdict.PASSED,
    ),
    cannot("mapping users", "open('/proc/self/uid_map', 'w').write('0 0 1')"),
    cannot("sparing itself from the OOM killer", "open('/proc/self/oom_score_adj', 'w').write('-1000')", tier_b=True),
    cannot("the kernel's messages", "open('/dev/kmsg').read(1); open('/proc/kmsg').read(1)"),
    cannot("memory of the machine", "open('/dev/mem', 'rb'); open('/proc/kcore', 'rb')"),
    does(
        "devices",
        """
        import os, stat
        known = {(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)}
        for folder, _, names in os.walk("/dev"):
            for name in names:
                found = os.lstat(f"{folder}/{name}")
                assert not stat.S_ISBLK(found.st_mode), name
                number = os.major(found.st_rdev), os.minor(found.st_rdev)
                assert not stat.S_ISCHR(found.st_mode) or number in known or number[0] == 136, (name, number)
        """,
        Verdict.PASSED,
        differs={Tier.VM: (Verdict.PASSED, Verdict.FAILED)},  # gVisor shows its own /dev/fuse, of its own kernel
        tier_b=True,
    ),
    does(
        "its own code through /proc/self/mem",
        """
        import os, sys
        real = os.path.realpath(sys.executable)
        area = next(line for line in open("/proc/self/maps") if " r-xp " in line and line.rstrip().endswith(".so") or
            " r-xp " in line and real in line)
        place, name = int(area.split("-")[0], 16), area.split()[-1]
        offset = int(area.split()[2], 16)
        before = open(name, "rb").read()
        try:
            with open("/proc/self/mem", "r+b", buffering=0) as memory:
                memory.seek(place); memory.write(before[offset:offset + 1])
        except OSError: pass
        assert open(name, "rb").read() == before
        """,
        Verdict.PASSED,
    ),
    cannot("its own program, overwritten", "open('/proc/self/exe', 'r+b')", tier_b=True),
    cannot("the interpreter's files", "open(os.__file__, 'a')", tier_b=True),
    cannot(
        "the guest program's files", "open('/aitestgen/guest/aitestgen_guest/suite/reporting.py', 'a')", tier_b=True
    ),
    cannot("the host's file", f"{BAIT}; open(bait).read()", tier_b=True),
    cannot("the host's file, to write", f"{BAIT}; open(bait, 'a').write('owned')", tier_b=True),
    cannot("the host's file through pid 1", f"{BAIT}; open('/proc/1/root' + bait)", tier_b=True),
    cannot(
        "the host's file through the parent folder",
        f"{BAIT}; here = os.open('/', os.O_RDONLY); os.open('../../..' + bait, os.O_RDONLY, dir_fd=here)",
    ),
    does("a root above the root", "import os; assert os.path.samestat(os.stat('/..'), os.stat('/'))", Verdict.PASSED),
    does(
        "tells all that it can read of processes",
        """
        import glob
        for path in glob.glob("/proc/[0-9]*/*") + glob.glob("/proc/[0-9]*/task/*/*"):
            if path.endswith(("environ", "cmdline", "comm", "maps", "mountinfo", "stat", "status", "auxv", "cgroup")):
                try: print(path, open(path, "rb").read(20_000))
                except OSError: pass
        assert 0
        """,
        Verdict.FAILED,
        tier_b=True,
    ),
    does(
        "tells all that it can read of the host",
        """
        import os
        for path in ("/etc", "/var", "/home", "/root", "/run", "/srv", "/opt", "/mnt", "/media", "/boot", "/sys"):
            for folder, _, names in os.walk(path):
                for name in names[:50]:
                    try: print(folder, name, open(os.open(f"{folder}/{name}", os.O_RDONLY | os.O_NONBLOCK)).read(2_000))
                    except (OSError, ValueError): pass
        for name, value in os.environ.items(): print(name, value)
        assert 0
        """,
        Verdict.FAILED,
        Verdict.OUTPUT_LIMIT,
        tier_b=True,
    ),
    does(
        "listeners of the host in /proc/net",
        """
        port = int(open("/job/port").read())
        for table in ("tcp", "tcp6", "unix"):
            try: text = open(f"/proc/net/{table}").read()
            except OSError: continue
            assert f":{port:04X} " not in text and f"aitestgen-bait-{port}" not in text, table
        """,
        Verdict.PASSED,
        tier_b=True,
    ),
    does(
        "a way out of the network",
        """
        with open("/proc/net/dev") as table:
            rows = [line.split() for line in table if ":" in line]
        assert not [row for row in rows if row[0] != "lo:" and int(row[1]) + int(row[9])], rows
        assert len(open("/proc/net/route").readlines()) <= 1
        """,
        Verdict.PASSED,
    ),
    does(
        "another time zone's clock is only its own",
        """
        import os, time
        os.environ["TZ"] = "Asia/Kathmandu"; time.tzset()
        try: time.clock_settime(time.CLOCK_REALTIME, 0)
        except OSError: pass
        assert time.time() > 1e9
        """,
        Verdict.PASSED,
    ),
    cannot("another name of the host", "import socket; socket.sethostname('owned')"),
)
