"""Guests that make system calls which no test needs. Each row is refused as a whole: every call in it must fail."""

from tests.sandbox.guest import MACHINES, Guest, cannot, does

from aitestgen.values import Tier, Verdict

SYSCALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""
ABSENT = -1

Call = tuple[int, int, str]
"""Its number on x86_64 and on aarch64 (ABSENT where there is none), and its arguments."""

CALLS: dict[str, tuple[Call, ...]] = {
    "mount": ((165, 40, "b'none', b'/tmp', b'tmpfs', 0, None"),),
    "umount": ((166, 39, "b'/tmp', 2"),),
    "new mount API": (
        *((430, 430, "b'tmpfs', 0"), (428, 428, "-100, b'/', 1"), (429, 429, "-100, b'/tmp', -100, b'/tmp', 0")),
        *((432, 432, "0, 0, 0"), (433, 433, "-100, b'/', 0"), (442, 442, "-100, b'/', 0, None, 0")),
    ),
    "pivot_root": ((155, 41, "b'/tmp', b'/tmp'"),),
    "chroot(2)": ((161, 51, "b'/tmp'"),),
    "unshare": tuple((272, 97, hex(flag)) for flag in (0x10000000, 0x20000, 0x40000000, 0x4000000, 0x20000000, 0x80)),
    "setns": ((308, 268, "0, 0"),),
    "clone3": ((435, 435, "None, 0"),),
    "clone with a namespace": ((56, 220, "0x10000000 | 17, None, None, None, None"),),
    "ptrace": ((101, 117, "0, 0, None, None"), (101, 117, "16, 1, None, None"), (101, 117, "0x4206, 1, None, None")),
    "memory of other processes": (
        *((310, 270, "1, None, 0, None, 0, 0"), (311, 271, "1, None, 0, None, 0, 0")),
        *((440, 440, "0, None, 0, 4, 0"), (256, 238, "1, 0, None, None"), (279, 239, "1, 0, None, None, None, 0")),
    ),
    "descriptors of other processes": ((438, 438, "3, 0, 0"), (312, 272, "1, 1, 0, 0, 0")),
    "file handles": ((304, 265, "-100, None, 0"), (303, 264, "-100, b'/', None, None, 0")),
    "keyrings": (
        (250, 219, "0, -3, 0"),
        (248, 217, "b'user', b'k', b'v', 1, -3"),
        (249, 218, "b'user', b'k', None, -3"),
    ),
    "io_uring": ((425, 425, "8, None"), (426, 426, "0, 0, 0, 0, None, 0"), (427, 427, "0, 0, None, 0")),
    "asynchronous I/O": ((206, 0, "8, None"),),
    "bpf": ((321, 280, "0, None, 0"),),
    "perf_event_open": ((298, 241, "None, 0, -1, -1, 0"),),
    "userfaultfd": ((323, 282, "0"),),
    "execveat": ((322, 281, "0, b'/x', None, None, 0"),),
    "memfd_secret": ((447, 447, "0"),),
    "personality": ((135, 92, "0x0040000"),),
    "segments of old processors": ((154, ABSENT, "1, None, 0"), (172, ABSENT, "3"), (173, ABSENT, "0, 8, 1")),
    "modules": ((175, 105, "None, 0, b''"), (313, 273, "0, b'', 0"), (176, 106, "b'x', 0")),
    "kexec": ((246, 104, "0, 0, None, 0"), (320, 294, "0, 0, 0, None, 0")),
    "reboot": ((169, 142, "0xfee1dead, 672274793, 0x1234567, None"),),
    "the kernel's log": ((103, 116, "3, None, 0"),),
    "swap": ((167, 224, "b'/tmp/swap', 0"), (168, 225, "b'/tmp/swap'")),
    "accounting and quotas": ((163, 89, "b'/tmp/acct'"), (179, 60, "0x800002, None, 0, None")),
    "host and domain name": ((170, 161, "b'owned', 5"), (171, 162, "b'owned', 5")),
    "clocks": (
        *((164, 170, "None, None"), (227, 112, "0, (ctypes.c_long * 2)(0, 0)"), (159, 171, "None")),
        (305, 266, "0, None"),
    ),
    "other users": (
        *((105, 146, "0"), (106, 144, "0"), (117, 147, "0, 0, 0"), (119, 149, "0, 0, 0"), (116, 159, "0, None")),
        *((122, 151, "0"), (123, 152, "0"), (126, 91, "None, None")),
    ),
    "queues and segments of System V": (
        (29, 194, "0, 4096, 0o1000"),
        (68, 186, "0, 0o1000"),
        (64, 190, "0, 1, 0o1000"),
    ),
    "POSIX queues": ((240, 180, "b'/q', 0o102, 0o600, None"),),
    "fanotify": ((300, 262, "0, 0"),),
    "another filter": ((317, 277, "1, 0, None"),),
    "real-time scheduling": (*((144, 119, "0, 1, (ctypes.c_int * 1)(50)"), (314, 274, "0, None, 0")),),
    "locking memory for good": ((151, 230, "3"),),
    "hanging up the terminal": ((153, 58, ""),),
    "vmsplice": ((278, 75, "0, None, 0, 0"),),
}
OF_AN_OWN_KERNEL = {"unshare", "ptrace", "clone with a namespace"}
"""runsc leaves the engine's filter out. What a guest makes there is of gVisor's kernel alone, and it may ask to be
traced by its parent; pid 1 cannot be traced (`memory of pid 1`)."""

ON_TIER_B = {"mount", "unshare", "ptrace", "new mount API", "keyrings", "other users", "io_uring"}


def _refused(name: str, calls: tuple[Call, ...]) -> Guest:
    """A guest that makes all of these, and passes only if each is refused."""
    places = {machine: [call[place] for call in calls] for place, machine in enumerate(MACHINES)}
    attempts = "".join(
        f"number = {{'x86_64': {x86}, 'aarch64': {arm}}}[platform.machine()]\n"
        f"if number != {ABSENT}:\n"
        f"    with pytest.raises(OSError): call(number{', ' if arguments else ''}{arguments})\n"
        for x86, arm, arguments in calls
    )
    machines = tuple(machine for machine in MACHINES if max(places[machine]) != ABSENT)
    body = f"import platform, pytest\n{SYSCALL}\n{attempts}"
    differs = {Tier.VM: (Verdict.PASSED, Verdict.FAILED)} if name in OF_AN_OWN_KERNEL else {}
    return does(name, body, Verdict.PASSED, tier_b=name in ON_TIER_B, machines=machines, differs=differs)


CALL_TABLE = tuple(_refused(name, calls) for name, calls in CALLS.items())

BESIDE = (
    does("calls of the x32 kind", f"{SYSCALL}\ncall(0x40000000 + 39)", Verdict.CRASHED, machines=("x86_64",)),
    does(
        "calls of 32-bit programs",
        """
        import ctypes, mmap
        code = mmap.mmap(-1, 4096, prot=7)
        code.write(bytes.fromhex("b814000000cd80c3"))  # getpid by int 0x80
        ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
        """,
        Verdict.CRASHED,
        machines=("x86_64",),
    ),
    does(
        "limits, priority and processor of pid 1",
        """
        import os, resource
        def attempts():
            yield lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))
            yield lambda: os.setpriority(os.PRIO_PROCESS, 1, 19)
            yield lambda: os.setpriority(os.PRIO_USER, 0, 19)
            yield lambda: os.sched_setaffinity(1, {min(os.sched_getaffinity(0))})
        done = []
        for attempt in attempts():
            try: attempt()
            except OSError: continue
            done.append(attempt.__code__.co_names)
        assert not done, done
        """,
        Verdict.PASSED,
        # gVisor lets its user lower pid 1's limits: that ends the run without a last word, and so without a pass
        differs={Tier.VM: (Verdict.CRASHED,)},
        tier_b=True,
    ),
    cannot("a better priority", "os.nice(-5)"),
)

REFUSED = (*CALL_TABLE, *BESIDE)
