"""What is otherwise for guests that have no namespaces, each with its reason, and which run in every test run."""

from aitestgen.values import Verdict

NO_SHM = "nothing of /dev/shm can be had: without a mount of its own it is everybody's"
NO_PROC = "nothing of /proc can be had, so the guest cannot even look"
NO_SOCKETS = "no socket but pairs: without a network of its own, names lead to the host's"
NOT_PID_1 = "the process over it has another number: see the guests that lay hands on their parent"
NOT_NOEXEC = "no mount forbids to map what a guest wrote as code; to execute it, Landlock does"
POLLED_DISK = "no file system is of a fixed size: whoever goes over the limit is ended"
MORE_THAN_LIMITS = "the address space itself is limited, as in tier B"

DIFFERS: dict[str, tuple[Verdict, str]] = {
    "filling /dev/shm": (Verdict.FAILED, NO_SHM),
    "odd names": (Verdict.FAILED, NO_SHM),
    "executing what it wrote": (Verdict.FAILED, NO_SHM),
    "a script with a first line": (Verdict.FAILED, NO_SHM),
    "multiprocessing by fork": (Verdict.FAILED, NO_SHM),
    "multiprocessing by spawn": (Verdict.FAILED, NO_SHM),
    "pool of processes": (Verdict.FAILED, NO_SHM),
    "shared memory": (Verdict.FAILED, NO_SHM),
    "semaphores and locks of processes": (Verdict.FAILED, NO_SHM),
    "filling /tmp by many files": (Verdict.OUTPUT_LIMIT, POLLED_DISK),
    "every inode": (Verdict.OUTPUT_LIMIT, POLLED_DISK),
    "page tables": (Verdict.FAILED, MORE_THAN_LIMITS),
    "every signal to pid 1": (Verdict.FAILED, NOT_PID_1),
    "pid 1 by its descriptor": (Verdict.FAILED, NOT_PID_1),
    "signals to pid 1 from a file's owner": (Verdict.FAILED, NOT_PID_1),
    "is nobody": (Verdict.FAILED, "it is a user of its own, or whoever runs us"),
    "other processes": (Verdict.FAILED, NO_PROC),
    "no descriptor of the host": (Verdict.FAILED, NO_PROC),
    "writing /proc, but for its own": (Verdict.FAILED, NO_PROC),
    "another control group": (Verdict.FAILED, NO_PROC),
    "its own code through /proc/self/mem": (Verdict.FAILED, NO_PROC),
    "a way out of the network": (Verdict.FAILED, NO_PROC),
    "a library planted for its children": (Verdict.FAILED, NO_PROC),
    "pipes, sockets and loops of links in /tmp": (Verdict.FAILED, NO_SOCKETS),
    "asyncio's streams over a unix socket": (Verdict.FAILED, NO_SOCKETS),
    "pseudo-terminal": (Verdict.FAILED, "the terminals of /dev/pts may be somebody's"),
    "loading a library it wrote": (Verdict.FAILED, NOT_NOEXEC),
    "a program through the loader": (Verdict.FAILED, NOT_NOEXEC),
    "mapping a file of its own as code": (Verdict.FAILED, NOT_NOEXEC),
}
"""Guest → its verdict here, and why it is none of those that it gets elsewhere."""

IN_EVERY_TEST_RUN = frozenset(
    {
        *("fork bomb", "forks in a thread", "heap bomb", "memory bomb in many processes", "one huge allocation"),
        *("print flood, past the capture", "filling /tmp by many files", "filling /dev/shm", "CPU spin"),
        *("daemons that ignore everything and hold the output", "every signal to everybody", "kills its group"),
        *("hides its memory from the watch", "becomes the parent of orphans", "changes files of its job"),
        *("the host's file", "the host's file, to write", "listeners of the host in /proc/net", "own environment"),
    }
)
"""Of the hostile ones, beside those that go for their parent. The command runs all of them."""
