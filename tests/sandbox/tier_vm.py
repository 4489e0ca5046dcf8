"""What gVisor answers otherwise than Linux does, each with its reason. All of it stays inside."""

from aitestgen.values import Verdict

OWN_KERNEL = "what it makes there is of gVisor's kernel alone, which ends with the run"
OWN_STACK = "gVisor's own network stack gives it a socket; there is no interface but a loopback inside"
SIGNALS_REACH_PID_1 = "gVisor lets its user signal pid 1: that ends the run without a last word, and so without a pass"
SCHEDULING = "gVisor takes it and schedules as before"
READABLE = "it can be read: what the guest was given, and the engine's `container=podman`"
NOT_NOEXEC = "noexec forbids to execute files there, not to map them as code"
UNBOUNDED = "gVisor counts none of them: the limits on memory and time do"
FORKS_COST_MORE = "a forked process costs more memory than on Linux"

DIFFERS: dict[str, tuple[Verdict, str]] = {
    "UDP socket": (Verdict.FAILED, OWN_STACK),
    "IPv6 socket": (Verdict.FAILED, OWN_STACK),
    "netlink": (Verdict.FAILED, OWN_STACK),
    "SIGKILL to pid 1": (Verdict.CRASHED, SIGNALS_REACH_PID_1),
    "every signal to pid 1": (Verdict.CRASHED, SIGNALS_REACH_PID_1),
    "every signal to everybody": (Verdict.CRASHED, SIGNALS_REACH_PID_1),
    "signals to pid 1 from a file's owner": (Verdict.CRASHED, SIGNALS_REACH_PID_1),
    "stops and continues pid 1": (Verdict.TIMED_OUT, SIGNALS_REACH_PID_1),
    "pid 1 by its descriptor": (Verdict.FAILED, "gVisor has no pidfd_open(2)"),
    "descriptors in flight": (Verdict.TIMED_OUT, UNBOUNDED),
    "POSIX timers": (Verdict.TIMED_OUT, UNBOUNDED),
    "mappings without number": (Verdict.OUT_OF_MEMORY, UNBOUNDED),
    "becomes the parent of orphans": (Verdict.OUT_OF_MEMORY, FORKS_COST_MORE),
    "orphans of orphans in sessions of their own": (Verdict.OUT_OF_MEMORY, FORKS_COST_MORE),
    "page tables": (Verdict.FAILED, "the address space itself is limited"),
    "environment of pid 1": (
        Verdict.FAILED,
        READABLE,
    ),
    "pid 1's maps": (Verdict.FAILED, "they can be read; the memory itself cannot (`memory of pid 1`)"),
    "writing /proc of pid 1": (Verdict.FAILED, "its descriptors can be: what is written there lacks the run's mark"),
    "loading a library it wrote": (Verdict.FAILED, NOT_NOEXEC),
    "SIGKILL to its parent": (Verdict.CRASHED, SIGNALS_REACH_PID_1),
    "every signal to its parent": (Verdict.CRASHED, SIGNALS_REACH_PID_1),
    "signals to its parent from a file's owner": (Verdict.CRASHED, SIGNALS_REACH_PID_1),
    "its parent's limits": (Verdict.CRASHED, "gVisor lets its user lower them: the run ends without a pass"),
    "kills and opens pid 1, and is wrong": (Verdict.CRASHED, SIGNALS_REACH_PID_1),
    "its parent's niceness": (Verdict.FAILED, SCHEDULING),
    "its parent's processors": (Verdict.FAILED, SCHEDULING),
    "a better priority": (Verdict.FAILED, SCHEDULING),
    "its parent's environment": (Verdict.FAILED, READABLE),
    "its parent's descriptors": (Verdict.FAILED, "what is written there lacks the run's mark"),
    "a race of symbolic links": (Verdict.FAILED, f"one of them leads to the environment of pid 1: {READABLE}"),
    "a library planted for its children": (Verdict.FAILED, NOT_NOEXEC),
    "mapping a file of its own as code": (Verdict.FAILED, NOT_NOEXEC),
    "calls of the x32 kind": (Verdict.FAILED, "they do not exist there: an error instead of an end"),
    "calls of 32-bit programs": (Verdict.PASSED, OWN_KERNEL),
    "the kernel's log": (Verdict.FAILED, "it is gVisor's own, and invented"),
    "queues and segments of System V": (Verdict.FAILED, OWN_KERNEL),
    "a pipe of packets": (Verdict.NOT_COLLECTED, "gVisor has none, and says so"),
    "memfd": (Verdict.FAILED, OWN_KERNEL),
    "device node": (Verdict.FAILED, OWN_KERNEL),
    "mapping users": (Verdict.FAILED, OWN_KERNEL),
    "sparing itself from the OOM killer": (Verdict.FAILED, OWN_KERNEL),
    "clone with a namespace": (Verdict.FORGED, OWN_KERNEL + "; the second process reports as well, which is found out"),
}
"""Guest → the verdict that it may get there besides, and why."""
