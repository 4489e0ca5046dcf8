"""Collect tests with pytest, and run chosen ones of them quickly, without a report."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from inspect import iscoroutinefunction
from time import perf_counter  # by name: what runs here may replace time.perf_counter
from typing import Any

from aitestgen_guest.run_tests import rooted
from aitestgen_guest.suite.fixtures import give_fixtures

Collect = Callable[[], "list[Any]"]

QUICKER = (
    "--assert=plain",  # only pass or fail is asked
    "--capture=no",  # output goes nowhere; capsys works all the same
    "--tb=no",
    "-qq",
)
NAMES_AND_ROWS = 2
"""The positional arguments of an ordinary `pytest.mark.parametrize`; a third would be `indirect`."""


def in_session(
    root: str, tests: "Iterable[str]", body: "Callable[[Collect], None]", conftests: "Iterable[dict[str, str]]" = ()
) -> None:
    """Start a pytest session for the test files (relative to `root`) and call `body(collect)` in it.

    `collect()` imports and collects the tests; call it once in a process, so: in forked children.
    """
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    paths = [os.path.join(root, test) for test in tests]  # noqa: PTH118 - pytest takes strings
    pytest.main([*rooted(root), *QUICKER, *paths], plugins=[_Plugin(body, conftests)])


def run(items: "list[Any]") -> "Iterator[tuple[str, str, float]]":
    """Run the items in order; yield twice for each: (id, "start", 0), then (id, outcome, seconds).

    Outcomes are "passed", "failed" (in any phase) and "skipped" (also: expected to fail). A test without fixtures
    and marks is simply called: that is what pytest would do, at a tenth of the cost.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always")  # as pytest does around each test
        staged = [item for item in items if not _is_plain(item)]
        successors = dict(zip(staged, [*staged[1:], None]))  # noqa: B905 - zip(strict=) fits no sliding window
        for item in items:
            yield item.nodeid, "start", 0.0
            started = perf_counter()
            outcome = _staged(item, successors[item]) if item in successors else _called(item)
            yield item.nodeid, outcome, perf_counter() - started


def _is_plain(item: Any) -> bool:
    import pytest

    direct = getattr(item, "callspec", None)
    parameters = set(direct.params) if direct else set()
    return (
        type(item) is pytest.Function
        and not iscoroutinefunction(item.obj)
        and set(item.fixturenames) == parameters
        and all(_is_table(mark) for mark in item.iter_markers())
    )


def _is_table(mark: Any) -> bool:
    return mark.name == "parametrize" and not mark.kwargs.get("indirect") and len(mark.args) == NAMES_AND_ROWS


def _called(item: Any) -> str:
    import pytest

    arguments = item.callspec.params if hasattr(item, "callspec") else {}
    try:
        item.obj(**arguments)
    except (pytest.skip.Exception, pytest.xfail.Exception):
        return "skipped"
    except BaseException:  # noqa: BLE001 - whatever a test lets through is its failure, SystemExit too
        return "failed"
    return "passed"


def _staged(item: Any, following: Any) -> str:
    """The outcome under pytest's own protocol, with fixtures and marks."""
    from _pytest.runner import runtestprotocol

    reports = runtestprotocol(item, log=False, nextitem=following)
    if any(report.failed for report in reports):
        return "failed"
    return "skipped" if any(report.skipped for report in reports) else "passed"


class _Plugin:
    """Takes the place of what pytest itself would do in its session."""

    def __init__(self, body: "Callable[[Collect], None]", conftests: "Iterable[dict[str, str]]") -> None:
        self.body = body
        self.conftests = conftests

    def pytest_collection(self, session: Any) -> bool:
        def collect() -> "list[Any]":
            give_fixtures(session.config.pluginmanager, self.conftests)
            session.perform_collect()
            return list(session.items)

        self.body(collect)
        return True

    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        """Leave out what takes longest: the text of a failure, which nobody reads."""
        import pytest

        if call.excinfo is None or call.excinfo.errisinstance(pytest.skip.Exception):
            return None
        return pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="failed",
            longrepr=None,
            when=call.when,
            duration=call.duration,
        )
