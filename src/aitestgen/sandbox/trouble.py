"""Why no jail came up, and what helps, from what the launcher and bwrap said before any guest ran."""

HINTS = {
    "unshare the user namespace": "user namespaces are switched off",
    "No permissions to create new namespace": "user namespaces are switched off",
    "uid map": "AppArmor forbids user namespaces to this program",
    "RTM_NEWADDR": "AppArmor forbids user namespaces to this program",
    "No space left on device": "the number of user namespaces is used up",
    "unshare the mount namespace": "this root has no CAP_SYS_ADMIN, as in a container: run as another user",
    "mount proc": "a container masks /proc: start it with `--security-opt systempaths=unconfined`",
}
FIXES = {
    "user namespaces are switched off": "`sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000`",
    "AppArmor forbids user namespaces to this program": "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`",
    "the number of user namespaces is used up": "`sysctl -w user.max_user_namespaces=15000`",
}


def explain(said: str) -> str:
    """One message: what went wrong, and the command that fixes it where one is known."""
    said = said.strip()[-600:] or "it said nothing"
    for sign, reason in HINTS.items():
        if sign in said:
            fix = FIXES.get(reason)
            return f"the jail did not start: {reason}" + (f"; try {fix}" if fix else "") + f" ({said})"
    return f"the jail did not start ({said}): see `aitestgen doctor`"
