"""The formats that reports go into: the one table that the command line and the HTTP API read."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aitestgen.errors import UsageError
from aitestgen.render.exported import Exported
from aitestgen.render.report_cobertura import cobertura
from aitestgen.render.report_html import html
from aitestgen.render.report_json import document, module_report
from aitestgen.render.report_junit import junit
from aitestgen.render.report_lcov import lcov
from aitestgen.render.report_sarif import sarif


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the reports of modules, in order, become the bytes of one file; `extension` has its dot."""

    render: Callable[[Sequence[Exported]], bytes]
    media_type: str
    extension: str


def pytest_file(modules: Sequence[Exported]) -> bytes:
    """The delivered file, byte for byte. Raises UsageError for other than one module: each has a file of its own."""
    if len(modules) != 1:
        raise UsageError(f"a pytest file is of one module, and there are {len(modules)}: choose another format")
    return modules[0].report.tests_file.encode(modules[0].report.encoding)


def as_json(modules: Sequence[Exported]) -> bytes:
    """The object that `--report` writes, with the path of each module."""
    facts = document([module_report(item.report) | {"path": item.path} for item in modules])
    return json.dumps(facts, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


FORMATS: Mapping[str, Format] = {
    "pytest": Format(render=pytest_file, media_type="text/x-python", extension=".py"),
    "json": Format(render=as_json, media_type="application/json", extension=".json"),
    "junit": Format(render=junit, media_type="application/xml", extension=".xml"),
    "lcov": Format(render=lcov, media_type="text/plain", extension=".info"),
    "cobertura": Format(render=cobertura, media_type="application/xml", extension=".xml"),
    "html": Format(render=html, media_type="text/html", extension=".html"),
    "sarif": Format(render=sarif, media_type="application/sarif+json", extension=".sarif"),
}
