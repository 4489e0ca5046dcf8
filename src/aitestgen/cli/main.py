"""The commands and their options. Each body imports what it needs, so that `--help` answers at once."""

import sys
import traceback
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aitestgen.errors import AitestgenError, PolicyRefused
from aitestgen.values import Policy

INTERNAL, INTERRUPTED = 70, 130

app = typer.Typer(
    name="aitestgen",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Give it Python; get back a pytest file that passes, covers and catches faults. Everything runs in a jail.",
    epilog="Exit codes: 0 done, 1 a gate was not met or tests failed, 2 wrong usage or input, 3 refused by the policy, "
    "4 no sandbox, 5 nothing to test, 70 internal error, 130 interrupted.",
)


class Backend(StrEnum):
    """The sandbox to use."""

    AUTO = "auto"
    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    DOCKER = "docker"
    PODMAN = "podman"
    REMOTE = "remote"


class Color(StrEnum):
    """When to use colours on stderr."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


Python = Annotated[Path | None, typer.Option("--python", metavar="INTERPRETER", help="Python that runs the code.")]
Sandbox = Annotated[Backend | None, typer.Option("--sandbox", help="Which jail to use.")]
Root = Annotated[Path | None, typer.Option("--root", metavar="DIR", help="Import root, where the found one is wrong.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Llm = Annotated[str | None, typer.Option("--llm", metavar="auto|none|PROVIDER:MODEL", help="Model to ask.")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on.")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on.")]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (CONTRACT §5). Errors end as one message on stderr."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        app(args, prog_name="aitestgen")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except AitestgenError as error:
        return explain(error, as_json="--json" in args)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 # the last stop: an internal error has its own exit code
        return report_internal(error, debug="--debug" in args, as_json="--json" in args)
    return 0


def explain(error: AitestgenError, *, as_json: bool) -> int:
    """Say what is wrong on stderr (and as the one JSON object on stdout), and return the exit code."""
    from aitestgen.cli.console import print_json, say, say_findings

    if isinstance(error, PolicyRefused):
        say_findings(error.findings)
    say(f"error: {error}")
    if as_json:
        print_json([], error={"type": error.error_type, "message": str(error)}, exit_code=error.exit_code)
    return error.exit_code


def report_internal(error: Exception, *, debug: bool, as_json: bool) -> int:
    """Say what broke and how to report it, and return the exit code."""
    from aitestgen.cli.console import print_json, say

    if debug:
        say("".join(traceback.format_exception(error)).rstrip())
    say(
        f"internal error: {type(error).__name__}: {error}\n"
        "This is a defect of aitestgen. Please report it with the output of the same command with --debug in front: "
        "`aitestgen --debug COMMAND …`."
    )
    if as_json:
        print_json([], error={"type": "Unknown", "message": f"{type(error).__name__}: {error}"}, exit_code=INTERNAL)
    return INTERNAL


def show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"aitestgen {version('aitestgen')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an internal error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options in front of every command."""


@app.command()
def generate(  # noqa: PLR0913, PLR0917 # one parameter an option: this is the command line's own shape
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH[::NAME]...", help="Files or folders; ::NAME picks one target.")
    ] = None,
    modules: Annotated[list[str] | None, typer.Option("-m", metavar="MODULE", help="An importable module.")] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE|DIR|-", help="Where the tests go; - is stdout.")
    ] = None,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE.json", help="Write the figures.")] = None,
    export: Annotated[
        list[str] | None,
        typer.Option(
            "--export", metavar="FORMAT=FILE", help="A report for other tools: lcov, cobertura, junit, sarif, html."
        ),
    ] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="SECONDS", min=0.1, help="Time for each module.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="The same seed gives the same tests.")] = None,
    llm: Llm = None,
    sandbox: Sandbox = None,
    python: Python = None,
    policy: Annotated[Policy | None, typer.Option("--policy", help="Refuse by reading first, or jail alone.")] = None,
    max_tests: Annotated[int | None, typer.Option("--max-tests", min=1, help="Keep at most so many.")] = None,
    root: Root = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", metavar="N", min=1, help="Modules at a time; default: the cores.")
    ] = None,
    xfail_bugs: Annotated[
        bool, typer.Option("--xfail-bugs", help="Add a test that is expected to fail for each suspected bug.")
    ] = False,
    bless_bugs: Annotated[
        bool, typer.Option("--bless-bugs", help="Keep tests that state what a suspected bug does today.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Add what is missing to test files that exist.")] = False,
    no_existing: Annotated[
        bool, typer.Option("--no-existing", help="Do not count the tests that the project has.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do again what an earlier run finished.")] = False,
    json: Json = False,
    color: Annotated[Color, typer.Option("--color", help="Colours on stderr; NO_COLOR is respected.")] = Color.AUTO,
) -> None:
    """Generate tests, verify them in the sandbox, and write them.

    Example: aitestgen generate src/shop/basket.py --budget 10
    """
    from aitestgen.cli.generate import generate_all
    from aitestgen.cli.jobs import Choices

    choices = Choices(
        paths=tuple(paths or ()),
        modules=tuple(modules or ()),
        output=output,
        report=report,
        exports=tuple(export or ()),
        budget_seconds=budget,
        seed=seed,
        llm=llm,
        sandbox=sandbox,
        python=python,
        policy=policy,
        max_tests=max_tests,
        root=root,
        jobs=jobs,
        xfail_bugs=xfail_bugs,
        bless_bugs=bless_bugs,
        force=force,
        update=update,
        no_existing=no_existing,
        fresh=fresh,
        json=json,
        color=color,
    )
    raise typer.Exit(generate_all(choices))


@app.command()
def check(path: Annotated[Path, typer.Argument(metavar="PATH")], json: Json = False) -> None:
    """Show what the policy gate refuses in a file or folder. Nothing is run."""
    from aitestgen.cli.check import check_path

    raise typer.Exit(check_path(path, as_json=json))


@app.command()
def run(
    code: Annotated[Path, typer.Argument(metavar="CODE", help="The module under test.")],
    tests: Annotated[Path, typer.Argument(metavar="TESTS", help="A pytest file.")],
    sandbox: Sandbox = None,
    python: Python = None,
    root: Root = None,
    json: Json = False,
) -> None:
    """Run a test file against a module in the sandbox: pytest's output on stdout, the verdict on stderr."""
    from aitestgen.cli.run import run_tests

    raise typer.Exit(run_tests(code, tests, sandbox=sandbox, python=python, root=root, as_json=json))


@app.command()
def doctor(json: Json = False, llm: Llm = None) -> None:
    """Show what is available here, what is missing, and the command that fixes it."""
    from aitestgen.cli.doctor import examine

    raise typer.Exit(examine(as_json=json, llm=llm))


@app.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Serve the API (default port 8000; docs at /docs)."""
    from aitestgen.cli.servers import serve_backend

    raise typer.Exit(serve_backend(host, port))


@app.command("sandbox-service")
def sandbox_service(host: Host = None, port: Port = None) -> None:
    """Serve the sandbox to other machines (default port 8001)."""
    from aitestgen.cli.servers import serve_sandbox

    raise typer.Exit(serve_sandbox(host, port))


@app.command()
def mcp(  # one parameter an option
    http: Annotated[bool, typer.Option("--http", help="Serve over loopback HTTP instead of stdin and stdout.")] = False,
    host: Host = None,
    port: Port = None,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="The project: files outside of it are refused.")
    ] = Path(),
    sandbox: Sandbox = None,
    python: Python = None,
) -> None:
    """Serve the tools for agents by the Model Context Protocol (default: over stdin and stdout)."""
    from aitestgen.cli.mcp import serve

    raise typer.Exit(serve(folder, http=http, host=host, port=port, sandbox=sandbox, python=python))


@app.command()
def worker(
    slots: Annotated[
        int | None, typer.Option("--slots", min=1, help="Jobs at a time; default: AITESTGEN_SLOTS.")
    ] = None,
) -> None:
    """Take jobs from the queue of AITESTGEN_DATABASE_URL, until SIGTERM or Ctrl-C."""
    from aitestgen.cli.worker import work

    raise typer.Exit(work(slots))


@app.command()
def migrate() -> None:
    """Bring the database of jobs up to date. Safe to run at any time, and by several at once."""
    from aitestgen.cli.worker import bring_up_to_date

    raise typer.Exit(bring_up_to_date())


keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke the keys that callers of the API bear.")
app.add_typer(keys, name="keys")


@keys.command("create")
def create_key(
    owner: Annotated[
        str, typer.Argument(metavar="OWNER", help="Whose key it is: keys of one owner see the same jobs.")
    ],
    admin: Annotated[bool, typer.Option("--admin", help="It sees everybody's jobs.")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="It sends no code and ends no jobs.")] = False,
    metrics: Annotated[bool, typer.Option("--metrics", help="It reads GET /metrics, and nothing else.")] = False,
    days: Annotated[
        float | None, typer.Option("--days", min=0.001, help="How long it is valid; default: until it is revoked.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a key, and show it this once."""
    from aitestgen.account import USUAL, Role, Scope
    from aitestgen.cli.keys import create
    from aitestgen.errors import UsageError

    if admin + read_only + metrics > 1 and metrics:
        raise UsageError("--metrics: such a key reads figures alone; leave --admin and --read-only out")
    scopes = frozenset({Scope.METRICS}) if metrics else frozenset({Scope.READ}) if read_only else USUAL
    role = Role.ADMIN if admin else Role.USER
    raise typer.Exit(create(owner, role=role, scopes=scopes, days=days, as_json=json))


@keys.command("list")
def list_keys(json: Json = False) -> None:
    """Show all keys, without their secrets."""
    from aitestgen.cli.keys import show

    raise typer.Exit(show(as_json=json))


@keys.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Close a key for good, at once."""
    from aitestgen.cli.keys import revoke

    raise typer.Exit(revoke(key_id))
