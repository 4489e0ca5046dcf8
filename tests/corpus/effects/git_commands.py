"""What git says of a folder."""

import subprocess


class GitError(RuntimeError):
    """Git failed."""


def current_branch(default: str = "main") -> str:
    """The branch that is checked out; `default` without git or outside of a repository."""
    try:
        done = subprocess.run(["git", "branch", "--show-current"], capture_output=True, text=True, timeout=5)
    except FileNotFoundError:
        return default
    except subprocess.TimeoutExpired:
        raise GitError("git takes too long") from None
    if done.returncode != 0:
        return default
    return done.stdout.strip() or "detached"


def changed_files(kind: str = "all") -> list[str]:
    """The files that `git status` lists, of one kind: all, new, or changed."""
    try:
        output = subprocess.check_output(["git", "status", "--porcelain"], text=True)
    except subprocess.CalledProcessError as error:
        raise GitError(f"git ended with {error.returncode}") from error
    found = []
    for line in output.splitlines():
        mark, name = line[:2].strip(), line[3:]
        if not name:
            continue
        if kind == "new" and mark != "??":
            continue
        if kind == "changed" and mark == "??":
            continue
        found.append(name)
    return sorted(found)
