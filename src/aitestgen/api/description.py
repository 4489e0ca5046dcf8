"""The description of an API beyond what its routes say themselves: who may call what, and every answer to a refusal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI

from aitestgen.api.answers import JSON, PROBLEM
from aitestgen.api.rules import GUARDED, Need, need_of
from aitestgen.settings import Settings

Operation = dict[str, Any]
KEY, SESSION = "key", "session"
OWN_ERRORS = ("HTTPValidationError", "ValidationError")
"""What the framework says of bodies that are wrong: they are answered with a Problem, as everything else is."""


def describe(app: FastAPI, settings: Settings) -> None:
    """Have /openapi.json of the backend tell of keys, sessions and refusals."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = with_problems(FastAPI.openapi(app))
            described["components"]["securitySchemes"] = _schemes(settings)
            for method, path, operation in operations(described):
                _guard(operation, need_of(method, path), settings)
                if path.startswith(GUARDED):
                    operation["responses"].setdefault("401", refusal("The key is void, or nobody knows who calls"))
                    operation["responses"].setdefault("429", refusal("Over a limit: see Retry-After"))
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # how the framework's documentation extends it


def describe_service(app: FastAPI, pythons: Sequence[str]) -> None:
    """Have /openapi.json of the sandbox service tell of refusals, and of the Pythons that it has."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = with_problems(FastAPI.openapi(app))
            run = described["paths"]["/run"]["post"]["requestBody"]["content"][JSON]["schema"]
            run["properties"]["python"] = {"type": "string", "enum": list(pythons)}
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # how the framework's documentation extends it


def with_problems(described: dict[str, Any]) -> dict[str, Any]:
    """The description, in which whatever can be refused is refused with a Problem."""
    for _, _, operation in operations(described):
        responses: dict[str, Any] = operation["responses"]
        if _is_own(responses.get("422", {})):
            responses["422"] = refusal("A parameter or the body does not fit its schema")
        if "requestBody" in operation:
            responses.setdefault("408", refusal("The body takes too long to arrive"))
        responses.setdefault("431", refusal("The headers are larger than a server takes"))
    for name in OWN_ERRORS:
        described["components"]["schemas"].pop(name, None)
    return described


def operations(described: Mapping[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Method, path and description of each operation."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def refusal(description: str) -> dict[str, Any]:
    """A response with a Problem as its body, in both of its media types."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": description, "content": {JSON: schema, PROBLEM: schema}}


def _is_own(response: Mapping[str, Any]) -> bool:
    return OWN_ERRORS[0] in str(response.get("content", ""))


def _schemes(settings: Settings) -> dict[str, Any]:
    return {
        KEY: {
            "type": "http",
            "scheme": "bearer",
            "description": "A key, as `aitestgen keys create` makes them: `Authorization: Bearer atg_…`.",
        },
        SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.session_cookie,
            "description": "What GET /auth/login leads to. With it only the server's own page may change something.",
        },
    }


def _guard(operation: Operation, need: Need, settings: Settings) -> None:
    """Say who may call it. Where the server asks nobody who they are, a key is possible and not needed."""
    if need is Need.NOTHING:
        operation["security"] = []
        return
    nobody: list[dict[str, list[str]]] = [] if settings.accounts_required else [{}]
    operation["security"] = [*nobody, {KEY: []}, {SESSION: []}]
    operation["description"] = f"{operation.get('description', '')}\n\nNeeds: `{need}`.".strip()
    operation["responses"].setdefault("403", refusal("This account may not do that"))
