"""Why no jail came up, and what helps, from what the launcher and bwrap said before any guest ran."""

from aitestgen.errors import NoNamespaces, SandboxError

HINTS = {
    "unshare the user namespace": "user namespaces are switched off",
    "No permissions to create new namespace": "user namespaces are switched off",
    "uid map": "AppArmor forbids user namespaces to this program",
    "RTM_NEWADDR": "AppArmor forbids user namespaces to this program",
    "No space left on device": "the number of user namespaces is used up",
    "unshare the mount namespace": "this root has no CAP_SYS_ADMIN, as in a container: run as another user",
    "set hostname": "a container's system-call filter forbids the inside of namespaces, though not making them",
    "mount proc": "a container masks /proc: start it with `--security-opt systempaths=unconfined`",
}
FIXES = {
    "user namespaces are switched off": "`sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000`",
    "AppArmor forbids user namespaces to this program": "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`",
    "the number of user namespaces is used up": "`sysctl -w user.max_user_namespaces=15000`",
}


WEAKER = (
    "or set AITESTGEN_SANDBOX_FLOOR=C to accept jails without namespaces, which hold less (docs/sandbox.md, tier C)"
)


def no_jail(said: str) -> SandboxError:
    """The error for a jail that did not start: what went wrong, and the command that fixes it where one is known.

    NoNamespaces where it is the machine that refuses.
    """
    said = said.strip()[-600:] or "it said nothing"
    for sign, reason in HINTS.items():
        if sign in said:
            fix = FIXES.get(reason)
            advice = f"try {fix}, {WEAKER}" if fix else WEAKER
            return NoNamespaces(f"the jail did not start: {reason}; {advice} ({said})")
    return SandboxError(f"the jail did not start ({said}): see `aitestgen doctor`")
