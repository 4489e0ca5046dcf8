"""Why a container engine did not do what it was asked, and what helps, from what its client said."""

INSTALL = {
    "podman": "`apt-get install podman runc`, or see https://podman.io/docs/installation",
    "docker": "see https://docs.docker.com/engine/install, or use `--sandbox podman`",
}

NO_RUNTIME = (
    "its runtime {runtime} is not found: `apt-get install runc`, or name another with AITESTGEN_CONTAINER_RUNTIME"
)

TROUBLE = {
    "cannot connect to the docker daemon": "its daemon does not run: start it with `systemctl start docker`",
    "permission denied while trying to connect": "you may not use its socket: `usermod -aG docker $USER` and log in "
    "again (that group can become root), or use `--sandbox podman`",
    "unable to connect to podman": "its service does not run: `systemctl --user start podman.socket`",
    "cannot connect to podman": "its service does not run: `systemctl --user start podman.socket`",
    "no such image": "the image {image} is missing: {build}",
    "image not known": "the image {image} is missing: {build}",
    "unable to find image": "the image {image} is missing: {build}",
    "unable to find user": "the image {image} has no user `testuser`: {build}",
    "cgroups in hybrid mode not supported": "crun does not work where both versions of control groups are mounted: "
    "`apt-get install runc`, and set AITESTGEN_CONTAINER_RUNTIME=runc",
    "rlimit_nofile": "this root may not raise the limit of open files: set `default_ulimits` in containers.conf, or "
    "give the engine CAP_SYS_RESOURCE",
    "rlimit_nproc": "the engine may not raise the limit of processes: raise its own hard limit (`ulimit -Hu`) to 4096",
    "unknown or invalid runtime": "the runtime {runtime!r} is not known to it: install it, and name it in "
    "/etc/docker/daemon.json",
    "unknown runtime": "the runtime {runtime!r} is not known to it: install it, and name it in /etc/docker/daemon.json",
    "default oci runtime": "{no_runtime}",
    "no valid executable found for oci runtime": "{no_runtime}",
    "requested oci runtime": "{no_runtime}",
    "newuidmap": "it has no sub-ids for this user: `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "
    "$USER`, then `podman system migrate`",
    "no space left on device": "its disk is full: `{engine} system prune`",
    "unknown flag": "it is too old, or not {engine}: {install}",
}
"""A sign in lower case → what it means, and what helps."""


def build_command(engine: str) -> str:
    """What builds the image of the guests for this engine, in a checkout of aitestgen."""
    return f"deploy/sandbox-guest/build-from-local --engine {engine}"


def explain(engine: str, said: str, *, image: str, runtime: str) -> str:
    """One message: what went wrong, and what helps where that is known."""
    said = said.strip()[-600:] or "it said nothing"
    words = {"engine": engine, "image": image, "runtime": runtime, "install": INSTALL[engine]}
    words["no_runtime"] = NO_RUNTIME.format(**words)
    words["build"] = f"build it with `make sandbox-image`, which is `{build_command(engine)}`"
    for sign, meaning in TROUBLE.items():
        if sign in said.lower():
            return f"{engine} cannot run a jail: {meaning.format(**words)} ({said})"
    return f"{engine} cannot run a jail ({said}): see `aitestgen doctor`"
