"""From a run to the arguments of `docker run` and `podman run` (docs/sandbox.md says what each stops). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aitestgen.errors import SandboxError
from aitestgen.sandbox.container_engine import LABEL, Engine
from aitestgen.sandbox.jail_view import RESERVED, guest_variables
from aitestgen.values import MIB, Run

USER = "testuser"
OPEN_FILES = 512
MOST_PROCESSES = 4096
"""The kernel counts RLIMIT_NPROC per user, over all containers: a last resort. The limit is `--pids-limit`."""

SHM_BYTES = 16 * MIB
JOB_BYTES = 32 * MIB
INODES = 16_384
COMMAND = (
    "import sys; sys.path[0] = '/aitestgen/guest'; "
    "from aitestgen_guest.jail.container import main; main({!r}, rehearsed={})"
)

ISOLATION = (
    *("--rm", "--interactive", "--network=none", "--cap-drop=ALL", "--read-only"),
    *(f"--user={USER}", "--security-opt=no-new-privileges"),
    *("--ipc=none", "--cgroupns=private", "--hostname=sandbox", "--log-driver=none", "--pull=never"),
    *("--ulimit", f"nproc={MOST_PROCESSES}:{MOST_PROCESSES}", "--ulimit", f"nofile={OPEN_FILES}:{OPEN_FILES}"),
    *("--ulimit", "core=0:0", "--workdir=/tmp", "--entrypoint=python3"),
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
"""Docker's client hands its own to every container, with the passwords in them."""

OWN_FLAGS = {
    "podman": ("--read-only-tmpfs=false", "--http-proxy=false", "--no-hosts"),
    "docker": tuple(f"--env={name}=" for proxy in PROXIES for name in (proxy, proxy.lower())),
}
TMPFS = {"podman": "", "docker": f",nr_inodes={INODES}"}
"""Podman knows no such option; there the memory limit counts what the files' names take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What is settled when a container is started: it can serve any run with an equal one."""

    program: str
    binds: tuple[Path, ...]
    hash_seed: int
    cpu_cores: float
    memory_bytes: int
    processes: int
    tmp_bytes: int

    @classmethod
    def of(cls, run: Run) -> "Spec":
        limits = run.limits
        return cls(
            program=run.program,
            binds=run.binds,
            hash_seed=run.hash_seed,
            cpu_cores=limits.cpu_cores,
            memory_bytes=limits.memory_bytes,
            processes=limits.processes,
            tmp_bytes=limits.tmp_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which container, and whose."""

    name: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a container starts: with so many cores, and its program `rehearsed` once for nothing."""

    cpu_cores: float
    rehearsed: bool


def run_command(engine: Engine, spec: Spec, identity: Identity, seccomp: Path, start: Start) -> list[str]:
    """The whole command that starts one container. Raises SandboxError for a bind that cannot be shown."""
    return [
        *(engine.client, "run", *ISOLATION, *OWN_FLAGS[engine.name]),
        *(f"--name={identity.name}", f"--label={LABEL}={identity.owner}"),
        *((f"--runtime={engine.runtime}",) if engine.runtime else ()),
        f"--security-opt=seccomp={seccomp}",
        f"--cpus={start.cpu_cores:g}",
        *_limits(spec),
        *_tmpfs(spec, TMPFS[engine.name]),
        *(f"--env={name}={value}" for name, value in guest_variables(spec.hash_seed).items()),
        *_binds(engine, spec),
        *(engine.image, "-S", "-s", "-c", COMMAND.format(spec.program, start.rehearsed)),
    ]


def _limits(spec: Spec) -> Iterator[str]:
    memory = _size(spec.memory_bytes)
    yield from (f"--memory={memory}", f"--memory-swap={memory}")
    yield f"--pids-limit={spec.processes}"
    yield from ("--ulimit", f"fsize={spec.tmp_bytes}:{spec.tmp_bytes}")


def _tmpfs(spec: Spec, more: str) -> Iterator[str]:
    for folder, size in (("/tmp", spec.tmp_bytes), ("/dev/shm", min(SHM_BYTES, spec.tmp_bytes)), ("/job", JOB_BYTES)):  # noqa: S108  # the container's own
        yield from ("--tmpfs", f"{folder}:rw,noexec,size={_size(size)},nosuid,nodev,mode=1777{more}")


def _size(size_bytes: int) -> str:
    return f"{size_bytes // MIB}m" if size_bytes % MIB == 0 else f"{size_bytes}b"


def _binds(engine: Engine, spec: Spec) -> Iterator[str]:
    if spec.binds and not engine.local:
        raise SandboxError(
            f"{engine.name} is on another machine and cannot show {spec.binds[0]}: use one on this machine"
        )
    for bound in spec.binds:
        if bound in RESERVED or not bound.is_absolute():
            raise SandboxError(f"{bound} cannot be shown in the jail whole: put the project into a folder of its own")
        if ":" in str(bound) or not bound.exists():
            raise SandboxError(f"{bound} cannot be shown in a container: it is missing, or has a colon in its name")
        yield f"--volume={bound}:{bound}:ro"
