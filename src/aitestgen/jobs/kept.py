"""Reports as they are kept: plain data that any database takes as text, and that becomes the same report again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from aitestgen.values import Report

_REPORT: TypeAdapter[Report] = TypeAdapter(Report)


def plain(report: Report) -> dict[str, Any]:
    """The report without the guest's own messages and the arcs of each test, which only the flow itself needs."""
    outcomes = tuple(replace(outcome, arcs=frozenset()) for outcome in report.final.outcomes)
    slim = replace(report, final=replace(report.final, frames=(), outcomes=outcomes))
    data: dict[str, Any] = _REPORT.dump_python(slim, mode="json")
    return data


def report_of(data: Mapping[str, Any]) -> Report:
    """The report that `plain` made this of. Raises ValueError for what an older version has kept otherwise."""
    return _REPORT.validate_python(data)
