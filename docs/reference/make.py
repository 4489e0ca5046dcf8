"""Writes the pages of this folder out of the code: `make reference`. A test fails where they are out of date."""

import asyncio
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from typer.main import get_command

from aitestgen.analyse.gate import rules
from aitestgen.api import app as backend
from aitestgen.api import sandbox_service
from aitestgen.api.errors import CODES, OTHER_CODES
from aitestgen.cli.main import app
from aitestgen.errors import AitestgenError, code_of
from aitestgen.job import EventKind
from aitestgen.jobs.telling import Telling
from aitestgen.mcp.desk import Desk, Place
from aitestgen.mcp.server import build_server
from aitestgen.render.answer import MEANING, VERDICTS
from aitestgen.render.formats import FORMATS
from aitestgen.settings import PROJECT_KEYS, SECRETS, Settings
from aitestgen.values import Event, Finding, Mutation, Verdict, WrittenTest

FOLDER = Path(__file__).parent
HEAD = "<!-- Written by `make reference` out of the code: change it there. -->\n\n"


def pages() -> dict[str, str]:
    """File name → text, always the same for the same code."""
    made = {
        "cli.md": cli(),
        "api.md": api(),
        "events.md": events(),
        "settings.md": settings(),
        "verdicts.md": verdicts(),
        "problems.md": problems(),
        "gate.md": gate(),
        "tools.md": tools(),
    }
    return {name: HEAD + "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}


def cli() -> Iterator[str]:
    yield from (
        "# Reference: command line",
        "",
        "Every command with every option. In words: [command line](../cli.md).",
    )
    commands: dict[str, Any] = getattr(get_command(app), "commands", {})
    for name, command in commands.items():
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        options = [one for one in command.params if one.param_type_name == "option"]
        usage = " ".join(["aitestgen", name, *(one.metavar or one.name.upper() for one in arguments), "[OPTIONS]"])
        yield from ("", f"## {name}", "", f"`{usage}`", "", command.help.strip(), "")
        yield from table(("option", "value", "what"), map(_option, options)) if options else ()
    yield from ("", "## Formats of `--export`", "")
    rows = ([f"`{name}`", f"`{one.extension}`", f"`{one.media_type}`"] for name, one in FORMATS.items())
    yield from table(("format", "extension", "media type"), rows)


def _option(option: Any) -> list[str]:
    flags = ", ".join(f"`{flag}`" for flag in (*option.opts, *option.secondary_opts))
    return [flags, _value(option), option.help or ""]


def _value(option: Any) -> str:
    kind = option.type_descriptor.annotation
    if option.is_flag:
        return ""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{word.value}`" for word in kind)
    return f"`{option.metavar or getattr(kind, '__name__', str(kind)).upper()}`"


def api() -> Iterator[str]:
    yield from (
        "# Reference: HTTP",
        "",
        "Every request with its statuses, and the bodies. In words: [HTTP](../api.md).",
    )
    for title, app_of in (("Backend", backend.create_app), ("Sandbox service", sandbox_service.create_app)):
        described = app_of(Settings.model_construct(slots=1)).openapi()
        yield from ("", f"## {title}", "")
        rows = (
            [f"`{method.upper()} {path}`", _said(one), ", ".join(sorted(one["responses"]))]
            for path, methods in described["paths"].items()
            for method, one in methods.items()
        )
        yield from table(("request", "what", "statuses"), rows)
        yield from _bodies(described["components"]["schemas"])


def _said(operation: dict[str, Any]) -> str:
    return " ".join(operation.get("description", operation.get("summary", "")).split())


def _bodies(schemas: dict[str, Any]) -> Iterator[str]:
    """Each object with its members: those without a default have to be there."""
    for name, schema in sorted(schemas.items()):
        if members := schema.get("properties"):
            yield from ("", f"### {name}", "")
            wanted = schema.get("required", ())
            rows = ([f"`{key}`", _shape(one), "yes" if key in wanted else ""] for key, one in members.items())
            yield from table(("member", "value", "needed"), rows)


def _shape(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_shape, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    inner = schema.get("items")
    return f"array of {_shape(inner)}" if inner else str(schema.get("type", "anything"))


def events() -> Iterator[str]:
    """What a flow is told as, by telling one that has everything."""
    yield from (
        "# Reference: events",
        "",
        "Each event of a job, with its members. In words: [HTTP](../api.md#jobs).",
        "",
    )
    test = WrittenTest(name="", code="")
    found = Finding(target_id="", input="", observed="", expected="", why="", reproducer="")
    whole = Event(
        seq=1, at=0.0, stage="", detail="", coverage=1.0, tests=(test,), findings=(found,), mutation=Mutation()
    )
    under_way = Event(seq=1, at=0.0, stage="", detail="", mutation=Mutation(), under_way=True)
    members = {told.kind: tuple(told.more) for event in (whole, under_way) for told in Telling().told(event)}
    members |= {EventKind.QUEUED: (), EventKind.END: ("state",)}
    always = ", ".join(f"`{name}`" for name in ("seq", "at", "event", "stage", "detail"))
    yield from (f"Every event has {always}, and one of a job of several files `module`.", "")
    yield from table(("event", "has besides"), ([f"`{kind}`", _listed(members[kind])] for kind in EventKind))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def settings() -> Iterator[str]:
    yield "# Reference: settings"
    yield from (
        "",
        "Every environment variable, with its type and default. In words: [configuration](../configuration.md).",
    )
    yield from (
        "Names with `_FILE` may come from a file, too; a project's `[tool.aitestgen]` may set the last column's.",
        "",
    )
    schema = Settings.model_json_schema(by_alias=False)
    rows = (
        [
            f"`{field.validation_alias}`" + (" (`_FILE`)" if field.validation_alias in SECRETS else ""),
            _kind(schema["properties"][name], schema["$defs"]),
            _default(name, field),
            f"`{name}`" if name in PROJECT_KEYS else "",
        ]
        for name, field in Settings.model_fields.items()
    )
    yield from table(("name", "value", "default", "in pyproject.toml"), rows)


def _kind(schema: dict[str, Any], named: dict[str, Any]) -> str:
    """The JSON type with its bounds, or the words that are allowed."""
    part = next(part for part in schema.get("anyOf", [schema]) if part.get("type") != "null")
    part = named[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    if "enum" in part:
        return " or ".join(f"`{word}`" for word in part["enum"])
    if part.get("type") == "array":
        return "texts, comma separated"
    names = {"exclusiveMinimum": "over", "minimum": "from", "maximum": "to"}
    bounds = [f"{word} {part[key]:g}" for key, word in names.items() if key in part]
    return " ".join([{"string": "text"}.get(part["type"], part["type"]), *bounds])


def _default(name: str, field: Any) -> str:
    if field.default_factory is not None or name == "search_cpu_cores":
        return "by the machine"
    value = field.default
    return "" if value is None or value in ((), "") else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def verdicts() -> Iterator[str]:
    yield from ("# Reference: verdicts", "", "How a run in the jail ended, and what HTTP answers make of it.")
    yield from ("In words: [architecture](../architecture.md#verdicts).", "")
    rows = (
        [f"`{one}`", MEANING.get(one, "every test passed"), *(f"`{part}`" if part else "" for part in VERDICTS[one])]
        for one in Verdict
    )
    yield from table(("verdict", "meaning", "`status`", "`error_type`"), rows)


def problems() -> Iterator[str]:
    yield from (
        "# Reference: problems",
        "",
        "Every `code` of an error over HTTP, with its status. In words: [HTTP](../api.md#errors).",
    )
    yield from ("", "## Raised on purpose", "")
    rows = (
        [f"`{code_of(one)}`", str(int(one.http_status)), f"`{one.error_type}`", _yes(one.retryable), _meaning(one)]
        for one in sorted(_below(AitestgenError), key=code_of)
    )
    yield from table(("code", "status", "`error_type`", "retryable", "when"), rows)
    yield from ("", "## Of the server itself", "")
    own = {**{code: int(status) for status, code in CODES.items()}, **OTHER_CODES}
    yield from table(("code", "status"), ([f"`{code}`", str(status)] for code, status in sorted(own.items())))


def _below(kind: type[AitestgenError]) -> Iterator[type[AitestgenError]]:
    """The errors of the product below this one, and itself; those of the command line and of tests are not answered."""
    if kind.__module__.startswith(("aitestgen.errors", "aitestgen.api")):
        yield kind
    for one in kind.__subclasses__():
        yield from _below(one)


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _meaning(kind: type[AitestgenError]) -> str:
    return " ".join((kind.__doc__ or "").split())


def gate() -> Iterator[str]:
    yield from (
        "# Reference: rules of the policy gate",
        "",
        "What each rule refuses by name. In words: [policy](../policy.md).",
    )
    listed = tomllib.loads((Path(rules.__file__).parent / "rules.toml").read_text())["rule"]
    for rule in listed:
        yield from (
            "",
            f"## {rule['id']}",
            "",
            f"{rule['what'].capitalize()}: {rule['why']}. Instead: {rule['instead']}.",
        )
        for kind in ("modules", "builtins", "attributes", "foreign", "parameters"):
            if words := rule.get(kind, "").split():
                yield from ("", f"Refused {kind}: {', '.join(f'`{word}`' for word in words)}")


def tools() -> Iterator[str]:
    yield from ("# Reference: tools for agents", "", "As `aitestgen mcp` lists them. In words: [agents](../mcp.md).")
    server = build_server(Desk(Place(folder=FOLDER, settings=Settings.model_construct(slots=1))))
    for tool in asyncio.run(server.list_tools()):
        yield from ("", f"## {tool.name}", "", tool.description or "", "")
        wanted = tool.input_schema.get("required", ())
        rows = (
            [f"`{name}`", _argument(schema), "yes" if name in wanted else "", schema.get("description", "")]
            for name, schema in tool.input_schema["properties"].items()
        )
        yield from table(("argument", "value", "needed", "what"), rows)
        answer = (tool.output_schema or {})["properties"]
        yield from ("", f"Answers with {', '.join(f'`{name}`' for name in answer)}.")


def _argument(schema: dict[str, Any]) -> str:
    return " or ".join(part["type"] for part in schema.get("anyOf", [schema]) if part["type"] != "null")


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)
    yield from (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
