"""The search, in this process, on small modules: what it finds, what it says, and that it repeats."""

import fnmatch
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aitestgen.analyse import understand
from aitestgen.propose.by_search.generator import described
from aitestgen.values import SourceFile
from aitestgen_guest import explore
from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.arguments.structures import structures
from aitestgen_guest.calls.templates import Target
from aitestgen_guest.search.descent import Frontier
from aitestgen_guest.search.kill import Archive, Hunter, kill_matrix, measuring
from aitestgen_guest.search.one_target import Search
from aitestgen_guest.search.script_run import as_script
from aitestgen_guest.search.shrink import shrunk
from aitestgen_guest.search.world import World

MODULE = "explored_module"


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop(MODULE, None)


def job_of(code: str, **more: Any) -> dict[str, Any]:
    source = SourceFile(text=textwrap.dedent(code), module=MODULE)
    subject = understand(source)
    return {
        "path": [], "seed": 1, "module": MODULE, "file": f"/nowhere/{MODULE}.py", "source": source.text,
        "targets": [described(target) for target in subject.targets], "constants": list(subject.constants),
        "words": list(subject.words),
        "executions": 900, "attempts": 60, "skip_lines": [], "workers": 2, **more,
    }  # fmt: skip


def search_of(code: str, name: str, executions: int = 900) -> tuple[World, Search]:
    job = job_of(code)
    world = World(job)
    world.load()
    stage = world.stage(world.module, world.recorder)
    stage.wall_seconds = (
        60  # calls are cut by their steps: an alarm that rings inside coverage's own code leaves it locked
    )
    callables = Callables(stage.namespace, Namer(stage.namespace, {}), job["targets"])
    callables.built = structures(job["source"])
    maker = inputs.Maker(Random(1), Pool(job["constants"]), callables)
    description = next(target for target in job["targets"] if target["id"] == name)
    search = Search(Target(description), description, stage, maker, callables, Frontier(world.probed.holds))
    search.run(executions, 5)
    return world, search


def seen(search: Search) -> set[str]:
    facts = [entry.observation["facts"] for entry in search.kept.results()]
    return {fact.get("result", fact.get("error", "")) for fact in facts}


BRANCHES = """
    def kind(text):
        if text.startswith("ab-"):
            return "prefixed"
        if len(text) == 17:
            return "long"
        if text in ("yes", "no"):
            return "answer"
        return "other"
"""


def test_compared_values_lead_into_every_branch() -> None:
    _, search = search_of(BRANCHES, "kind", 3000)
    assert {"'prefixed'", "'long'", "'answer'", "'other'"} <= seen(search)


def test_an_announced_exception_is_kept_and_another_is_not() -> None:
    _, search = search_of("def f(n: int):\n    if n < 0:\n        raise ValueError(n)\n    return [5][n]\n", "f")
    assert {"ValueError", "5"} <= seen(search)
    assert "IndexError" not in seen(search)
    assert {error for error, _ in search.findings} == {"IndexError"}


PASSED_ON = """
    import json

    def first(texts):
        trouble = None
        for text in texts:
            try:
                return json.loads(text)
            except ValueError as error:
                trouble = error
        if trouble:
            raise trouble
        return int(texts.get("none"))
"""


def test_an_exception_that_was_caught_and_is_raised_by_its_name_is_announced() -> None:
    _, search = search_of(PASSED_ON, "first", 1)
    case = {"target": "first", "receiver": None, "calls": [], "keywords": {}, "then": None}
    caught = search.stage.observe(search.target, {**case, "arguments": [("data", "['a', '{']")]})
    assert (caught["facts"]["error"], caught["announced"]) == ("JSONDecodeError", True)
    other = search.stage.observe(search.target, {**case, "arguments": [("data", "[]")]})
    assert (other["facts"]["error"], other["announced"]) == ("AttributeError", False)


STACK = """
    class Stack:
        def __init__(self, limit=3):
            self._items = []
            self.limit = limit

        def push(self, item):
            if len(self._items) >= self.limit:
                raise OverflowError("full")
            self._items.append(item)

        def pop(self):
            if not self._items:
                raise LookupError("empty")
            return self._items.pop()

        def items(self):
            return list(self._items)
"""


def test_state_is_reached_by_sequences_of_calls() -> None:
    _, search = search_of(STACK, "Stack.push", 3000)
    assert "OverflowError" in seen(search)
    assert any("receiver:{}.items()" in entry.observation["shown"] for entry in search.kept.results())


def test_a_shrunk_case_shows_the_same_with_no_more_to_read() -> None:
    _, search = search_of(STACK, "Stack.pop", 1500)
    for entry in search.kept.results():
        smaller = shrunk(search, entry)
        assert smaller.cost <= entry.cost
        assert smaller.features >= entry.features


def kills_of(code: str, name: str, executions: int = 900) -> dict[str, bool]:
    """For each mutant reached, as the text that it has instead, whether a case was found that tells it."""
    world, search = search_of(code, name, executions)
    probed = measuring(search.stage, vars(world.module))
    stage = world.stage(world.switchable, None)
    search.stage, search.callables.namespace = stage, stage.namespace
    archive, hunter = Archive(search.kept.results(), list(search.kept.spare())), Hunter(search, stage, probed, 200)
    found = kill_matrix(archive, world.mutants, hunter, world.probed.block_of_line, 5000)
    texts = {mutant["id"]: mutant["after"] for mutant in world.mutants}
    return {texts[number]: bool(kills) or new is not None for number, kills, new in found}


def test_mutants_are_told_apart_by_the_cases_found_or_hunted() -> None:
    kills = kills_of("def f(n: int) -> int:\n    if n > 10:\n        return n + 1\n    return 0\n", "f")
    assert kills
    assert all(kills.values())


def test_boundaries_that_chance_does_not_meet_are_met_by_making_compared_numbers_equal() -> None:
    code = "def fits(words: list[str], width: int) -> bool:\n    return sum(map(len, words)) * 7 <= width\n"
    kills = kills_of(code, "fits", 300)
    assert kills["sum(map(len, words)) * 7 < width"]
    assert kills["8"]


def test_both_ends_of_a_chained_comparison_are_met() -> None:
    code = "def band(n: int) -> str:\n    return 'middle' if 123_400 <= n < 987_600 else 'outside'\n"
    kills = kills_of(code, "band", 300)
    assert kills["123400 < n < 987600"]
    assert kills["123400 <= n <= 987600"]


def test_a_default_is_told_by_leaving_the_argument_out() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of("def f(n: int, step: int = 7) -> int:\n    return n + step\n"), frames.append)
    assert {frame["ev"] for frame in frames if 1 in frame.get("kills", ()) or frame.get("mutant") == 1}


def test_what_a_cache_holds_of_a_mutant_hides_no_other() -> None:
    code = "from functools import cache\n\n\n@cache\ndef f(n: int) -> int:\n    return n + 4 if n > 3 else 0\n"
    kills = kills_of(code, "f")
    assert kills
    assert all(kills.values())


REGEX_TABLE = """
    import re

    RULES = [("^(cact|foc)us$", "\\\\1i"), ("(ph|sh)$", "\\\\1es"), ("([^aeiou])y$", "\\\\1ies"), ("$", "s")]

    def plural(word):
        for pattern, ending in RULES:
            if re.search(pattern, word, re.IGNORECASE):
                return re.sub(pattern, ending, word, flags=re.IGNORECASE)
        return word
"""


def test_each_pattern_of_a_table_gets_a_word_that_it_matches() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(REGEX_TABLE), frames.append)
    mutants = next(frame["mutants"] for frame in frames if frame["ev"] == "mutants")
    killed = {number for frame in frames if frame["ev"] == "case" for number in frame["kills"]}
    killed |= {frame["mutant"] for frame in frames if frame["ev"] == "kills"}
    left = [mutant["before"] for mutant in mutants if mutant["import_time"] and mutant["id"] not in killed]
    assert left == []


DATED = """
    import datetime as dt

    def next_workday(start):
        day = start + dt.timedelta(days=1)
        while day.weekday() > 4:
            day += dt.timedelta(days=1)
        return day.isoformat()

    def quarter(when):
        return (when.month - 1) // 3 + when.year * 10

    def minutes(span):
        return span.total_seconds() / 60

    def shared(first, last, other_first, other_last):
        start, end = max(first, other_first), min(last, other_last)
        if start > end:
            raise ValueError("nothing shared")
        return (end - start).days + 1

    def workdays(start, end):
        if start > end:
            raise ValueError("start after end")
        count = 0
        while start <= end:
            count += start.weekday() < 5
            start += dt.timedelta(days=1)
        return count
"""


@pytest.mark.parametrize("name", ["next_workday", "quarter", "minutes", "shared", "workdays"])
def test_days_and_spans_are_told_by_what_is_asked_of_them(name: str) -> None:
    _, search = search_of(DATED, name)
    cases = [entry.case for entry in search.kept.results() if entry.observation["outcome"] == "returns"]
    assert cases
    assert all("dt." in inputs.source(case["arguments"][0]) for case in cases)


def test_numbers_are_moved_across_what_rounding_hides() -> None:
    code = """
        def told(seconds: int):
            hours = round(seconds / 3600)
            if hours == 29:
                return "a day and a bit"
            return "no"
    """
    _, search = search_of(code, "told")
    assert "'a day and a bit'" in seen(search)


def test_a_hanging_call_is_cut_and_the_search_goes_on() -> None:
    _, search = search_of("def f(n: int):\n    while n > 2:\n        pass\n    return n\n", "f")
    assert {"0", "1", "2"} & seen(search)


HEAVY = """
    def checksum(seed):
        value = seed
        for number in range(100_000):
            value = (value * 31 + number) % 1_000_003
        return value

    class Table:
        def __init__(self, size=120_000):
            self.rows = []
            for number in range(size):
                self.rows.append(number)

        def last(self):
            return self.rows[-1]

    def endless(seed):
        while True:
            seed += 1
"""


def test_functions_that_are_merely_heavy_get_a_case_and_endless_ones_none() -> None:
    frames: list[Any] = []
    explore.main(job_of(HEAVY), frames.append)
    cases = [frame for frame in frames if frame["ev"] == "case"]
    assert {frame["target"] for frame in cases} == {"checksum", "Table", "Table.last"}
    assert all(frame["observation"]["outcome"] != "cut" for frame in cases)
    assert 1 <= len([frame for frame in cases if frame["target"] == "checksum"]) <= 3


LIMITS = """
    import sys

    class Limits:
        LARGE = 100 if sys.byteorder else 1
        NAMES = ("a", "b")
        _hidden = 3

        def unused():
            pass
"""


def test_an_object_without_a_state_shows_the_constants_of_its_class() -> None:
    _, search = search_of(LIMITS, "Limits")
    facts = search.kept.results()[0].observation["facts"]
    assert facts["result:{}.LARGE"] == "100"
    assert facts["result:{}.NAMES"] == "('a', 'b')"
    assert not any("_hidden" in label or "unused" in label for label in facts)


FORGIVING = """
    from contextlib import contextmanager

    @contextmanager
    def forgiving(*exceptions):
        try:
            yield
        except Exception as error:
            if isinstance(error, exceptions):
                return
            raise
"""


def test_a_block_is_left_by_exceptions_that_it_swallows_and_that_it_lets_through() -> None:
    _, search = search_of(FORGIVING, "forgiving")
    thrown = [entry for entry in search.kept.results() if "thrown" in entry.case]
    assert {entry.observation["outcome"] for entry in thrown} == {"returns", "raises"}


def test_the_program_tells_module_mutants_cases_and_targets() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of("RATE = 3\n\n\ndef f(n: int) -> int:\n    return n * RATE\n"), frames.append)
    kinds = [frame["ev"] for frame in frames]
    assert kinds[:2] == ["module", "mutants"]
    assert {"case", "target", "kills"} <= set(kinds)
    json.dumps(frames)


def test_a_seed_gives_the_same_frames_again() -> None:
    told: list[list[str]] = []
    for _ in range(2):
        frames: list[dict[str, Any]] = []
        explore.main(job_of(BRANCHES), frames.append)
        told.append([json.dumps(frame, sort_keys=True) for frame in frames])
        sys.modules.pop(MODULE, None)
    assert told[0] == told[1]


def test_a_module_that_does_not_import_is_said_to_be_unfit() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of("import nowhere_to_be_found\n\n\ndef f():\n    return 1\n"), frames.append)
    assert frames == [{"ev": "unfit", "reason": "ModuleNotFoundError: No module named 'nowhere_to_be_found'"}]


def test_a_module_that_the_guest_itself_uses_is_explored_with_probes() -> None:
    source = SourceFile(text=Path(fnmatch.__file__).read_text(), module="fnmatch")
    subject = understand(source, ("fnmatchcase",))
    job = {**job_of("def f(): return 1"), "module": "fnmatch", "file": fnmatch.__file__, "source": source.text}
    job["targets"] = [described(target) for target in subject.targets]
    frames: list[dict[str, Any]] = []
    explore.main(job, frames.append)
    sys.modules["fnmatch"] = fnmatch
    assert any(frame["features"] for frame in frames if frame["ev"] == "case")


FIELDS = """
    class Field:
        def __init__(self, *, title="", allow_null=False):
            self.title = title
            self.allow_null = allow_null

        def check(self, value):
            raise NotImplementedError

    class Number(Field):
        def __init__(self, least=0, **kwargs):
            super().__init__(**kwargs)
            self.least = least

        def check(self, value):
            if value is None and self.allow_null:
                return "nothing"
            return "high" if value >= self.least else "low"

    def checked(field: Field, value: int):
        if field.check(value) == "high":
            return "accepted"
        return "refused"
"""


def test_a_constructor_hands_keywords_on_to_those_of_its_bases() -> None:
    _, search = search_of(FIELDS, "Number.check")
    assert {"'nothing'", "'high'", "'low'"} <= seen(search)


def test_an_argument_of_a_class_may_be_of_a_subclass() -> None:
    _, search = search_of(FIELDS, "checked")
    assert {"'accepted'", "'refused'"} <= seen(search)


def test_a_key_that_is_looked_for_is_put_into_the_mapping() -> None:
    code = """
        WANTED = ("alpha-7", "beta-9")

        def both(data: dict):
            if "alpha-7" not in data:
                return "first missing"
            if "beta-9" not in data:
                return "second missing"
            return "both"
    """
    _, search = search_of(code, "both", 300)
    assert {"'first missing'", "'second missing'", "'both'"} <= seen(search)


SCRIPT = """
    import sys

    def doubled(n: int) -> int:
        return n * 2

    if __name__ == "__main__":
        print(doubled(4))
        sys.exit({code})
"""


def test_a_module_that_prints_where_it_is_run_by_itself_is_run_as_a_script() -> None:
    job = job_of(SCRIPT.format(code=""))
    (frame,) = script_frames(job)
    observation = frame["observation"]
    assert (observation["facts"]["output"], observation["facts"]["error"]) == ("'8\\n'", "SystemExit")


@pytest.mark.parametrize(
    "act", ["pass", "print(input())", "open('left_behind', 'w').write('x')", "print(random.random())"]
)
def test_a_script_of_which_no_test_can_be_made_is_left_alone(act: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    code = f"import random\n\ndef f():\n    return 1\n\nif __name__ == '__main__':\n    {act}\n"
    assert script_frames(job_of(code)) == []


def script_frames(job: dict[str, Any]) -> list[dict[str, Any]]:
    world = World(job)
    world.load()
    return list(as_script(world))


def test_a_search_that_has_reached_everything_ends_sooner() -> None:
    _, patient = search_of(BRANCHES, "kind", 1)
    _, sated = search_of(BRANCHES, "kind", 1)
    sated.open = frozenset()
    for search in (patient, sated):
        search.executed = 0.0
        search.run(4000, 5)
    assert sated.executed < patient.executed


def test_the_probes_of_a_target_are_those_on_its_lines() -> None:
    world, search = search_of(BRANCHES, "kind", 3000)
    lines = next(target["lines"] for target in world.job["targets"])
    assert world.probed.within(tuple(lines)) <= {
        probe // 4 for entry in search.kept.results() for probe in entry.features
    }
    assert world.probed.within((1, 1)) == frozenset()


def test_a_template_gets_places_for_what_it_is_formatted_with() -> None:
    code = """
        class Label:
            def __init__(self, text: str = "label"):
                self.text = text

            def filled(self, count: int) -> str:
                return self.text.format(single=count, dozens=count / 12)
    """
    _, search = search_of(code, "Label.filled", 600)
    receivers = {str(entry.case["receiver"]) for entry in search.kept.spare()}
    assert any("{single}" in text for text in receivers)
    assert any("{dozens}" in text for text in receivers)


def test_objects_that_cannot_be_looked_at_cost_no_target() -> None:
    code = """
        class Lazy:
            def __init__(self, make):
                object.__setattr__(self, "make", make)

            def __getattribute__(self, name):
                return getattr(object.__getattribute__(self, "make")(), name)

            def size(self):
                return 1


        class Mute(Exception):
            def __str__(self):
                return self.nothing


        def fail(number):
            if number > 3:
                raise Mute(number)
            return number
    """
    frames: list[dict[str, Any]] = []
    explore.main(job_of(code), frames.append)
    assert not [frame for frame in frames if frame["ev"] == "failed"]
    assert {"returns", "raises"} == {
        frame["observation"]["outcome"] for frame in frames if frame["ev"] == "case" and frame["target"] == "fail"
    }


def test_a_call_with_a_seed_is_kept_before_one_that_leaves_it_to_chance() -> None:
    code = """
        import random
        def deck(seed=None):
            cards = list(range(20))
            random.Random(seed).shuffle(cards)
            return cards
    """
    frames: list[dict[str, Any]] = []
    explore.main(job_of(code), frames.append)
    cases = [frame for frame in frames if frame["ev"] == "case"]
    assert cases
    assert all(case["arguments"] or case["keywords"] for case in cases)


def test_a_number_that_is_looked_for_in_another_breaks_no_search_off() -> None:
    _, search = search_of("def f(limits: dict, n: int):\n    return n in limits['known']\n", "f")
    assert "True" in seen(search)


def test_what_a_class_refuses_is_tried_through_its_subclass_that_declares() -> None:
    code = """
        class Field:
            pass

        class Meta(type):
            def __new__(mcls, name, bases, namespace):
                fields = [key for key, value in namespace.items() if isinstance(value, Field)]
                return super().__new__(mcls, name, bases, {**namespace, "fields": fields})

        class Form(metaclass=Meta):
            def __init__(self, **data):
                self.data = {}
                for name in self.fields:
                    if name in data:
                        self.data[name] = data.pop(name)
                if data:
                    raise TypeError(f"no field {sorted(data)[0]}")
    """
    frames: list[dict[str, Any]] = []
    explore.main(job_of(code), frames.append)
    cases = [frame for frame in frames if frame["ev"] == "case" and frame["target"] == "Form"]
    through = [frame for frame in cases if frame["template"] == "SampleForm({args})"]
    assert any(frame["keywords"].keys() & {"first", "second"} for frame in through)
    assert all(any("class SampleForm(Form)" in text for text in frame["definitions"]) for frame in through)


def test_what_calls_leave_in_defaults_is_not_what_others_begin_with() -> None:
    code = """
        def often(word, seen={}):
            seen[word] = seen.get(word, 0) + 1
            if seen[word] > 2:
                return "often"
            return seen[word]
        """
    _, search = search_of(code, "often")
    told = {entry.observation["facts"].get("result"): entry for entry in search.kept.results()}
    assert {"1", "'often'"} <= told.keys()
    assert told["'often'"].case["keywords"] or len(told["'often'"].case["arguments"]) == 2


REFUSING = """
    class Request:
        def __getattr__(self, name):
            raise RuntimeError("there is no request")

        __class__ = property(lambda self: self.kind)

    request = Request()

    def double(number: int) -> int:
        if number < 0:
            raise ValueError("negative")
        return 2 * number
"""


def test_objects_that_refuse_to_be_asked_are_left_alone() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(REFUSING), frames.append)
    told = [frame for frame in frames if frame["ev"] == "case" and frame["target"] == "double"]
    assert {"'negative'", "0"} <= {text for frame in told for text in frame["observation"]["facts"].values()}
    assert not [frame for frame in frames if frame["ev"] in ("failed", "unfit")]


def test_where_the_module_lies_is_not_told() -> None:
    code = """
        class Site:
            def __init__(self, name):
                self.name = name
                self.root = __file__

        def site(name: str) -> Site:
            return Site(name)
        """
    _, search = search_of(code, "site")
    facts = [entry.observation["facts"] for entry in search.kept.results()]
    assert all("result:{}.name" in one and "result:{}.root" not in one for one in facts)


@pytest.mark.parametrize(
    "code",
    [
        """
        import functools
        import types

        class Bound(functools.partial):
            def __get__(self, obj, obj_type):
                return types.MethodType(self, obj)

        class Named:
            def __get__(self, obj, obj_type):
                return obj.name
        """,
        """
        class error(Exception):
            pass

        class Settings:
            def get(self, name):
                return vars(self)[name]

        error = (error, OSError)
        Settings = Settings()
        """,
        """
        SEEN = {(1, "a"), (2, "b")}

        def note(number):
            try:
                SEEN.add((int(number), "c"))
            except (RuntimeError, KeyError, ValueError, OSError, EOFError):
                return 0
            return len(SEEN)
        """,
    ],
)
def test_code_that_is_odd_breaks_no_part_of_the_search(code: str) -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(code), frames.append)
    assert not [frame for frame in frames if frame["ev"] in ("failed", "unfit")]


SIZELESS = """
    import math

    def shown(value: float) -> str:
        if math.isnan(value):
            return "n/a"
        if math.isinf(value):
            return "below" if value < 0 else "above"
        return "some"
"""


def test_floats_without_a_size_are_given_where_the_code_reckons_with_them() -> None:
    frames: list[dict[str, Any]] = []
    explore.main(job_of(SIZELESS), frames.append)
    results = {frame["observation"]["facts"].get("result") for frame in frames if frame["ev"] == "case"}
    assert {"'n/a'", "'below'", "'above'", "'some'"} <= results
