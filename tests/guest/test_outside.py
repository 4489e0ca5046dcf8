"""The world outside of the process, as cases meet it: what is told of it as lines, and what is seen afterwards."""

import os
import sys
import textwrap
import types
from collections.abc import Iterator
from itertools import chain
from random import Random
from typing import Any

import pytest
from tests.guest.test_search import search_of

from aitestgen_guest.arguments import inputs
from aitestgen_guest.arguments.callables import Callables
from aitestgen_guest.arguments.paths import Paths
from aitestgen_guest.arguments.pool import Pool
from aitestgen_guest.arguments.specs import Namer
from aitestgen_guest.calls.literals import Writer
from aitestgen_guest.calls.oracle import only_repeats
from aitestgen_guest.environment import outside, surroundings
from aitestgen_guest.environment.contents import Contents, strings_in
from aitestgen_guest.environment.folders import path_text
from aitestgen_guest.environment.smaller_worlds import plainer, smaller
from aitestgen_guest.shapes import Case, Facts
from aitestgen_guest.tracing.probes import Cut


@pytest.fixture(autouse=True)
def _forget_the_module() -> Iterator[None]:
    yield
    sys.modules.pop("explored_module", None)


def ran(code: str, world: dict[str, Any]) -> tuple[Any, list[str], Facts]:
    """What `f()` gives in this world, the lines of a test for it, and what it left behind."""
    source = textwrap.dedent(code)
    module = types.ModuleType("subject")
    exec(source, vars(module))  # noqa: S102 - a module made for this test
    around = outside.Outside(source, module)
    writer = Writer({"tmp_path": around.tmp_path}, "subject")
    writer.folder = around.folder
    with around.around({"world": world}):
        around.begin()
        result = module.f()
        facts = around.facts(writer.literal)
    return result, around.lines(), facts


CHMOD = """
    import os

    def f():
        os.chmod("kept.txt", 0)
        os.makedirs("shut/within")
        os.chmod("shut", 0)
        os.chmod("open.txt", 0o640)
        return sorted(os.listdir("."))
"""


def test_what_a_call_shuts_is_seen_and_is_open_again_for_the_next() -> None:
    world = {"files": {"kept.txt": "k", "open.txt": "o"}}
    for _ in range(2):
        result, _, facts = ran(CHMOD, world)
        assert result == ["kept.txt", "open.txt", "shut"]
        assert facts["mode:kept.txt"] == "0o000"
        assert facts["mode:open.txt"] == "0o640"
        assert "folder:shut" in facts


CONFIGURED = """
    from configparser import ConfigParser

    def port(path):
        parser = ConfigParser()
        parser.read(path)
        if parser.getint("server", "port") > 100:
            return parser.sections()
        return "low"
"""


def test_a_configuration_has_the_options_in_the_sections_that_the_code_asks_for() -> None:
    source = textwrap.dedent(CONFIGURED)
    made = Contents(source, inputs.Maker(Random(1), Pool(), Callables({}, Namer({}, {}), [])), [])
    texts = [made.content("app.ini") for _ in range(20)]
    assert sum("[server]\nport = " in text for text in texts) >= 10


def test_a_module_without_effects_has_no_world() -> None:
    around = outside.Outside("def f():\n    return 1\n", types.ModuleType("subject"))
    assert (around.active, around.lines(), around.facts(repr)) == (False, [], {})


def test_files_are_laid_out_and_what_changed_is_seen() -> None:
    code = """
        import os
        def f():
            with open("a.txt") as file:
                text = file.read()
            os.remove("a.txt")
            with open("b.txt", "w") as file:
                file.write(text.upper())
        """
    _, lines, facts = ran(code, {"files": {"a.txt": "x\n", "c.txt": "y"}})
    assert lines == [
        "(tmp_path / \"a.txt\").write_text('x\\n')",
        "(tmp_path / \"c.txt\").write_text('y')",
        "monkeypatch.chdir(tmp_path)",
    ]
    assert facts == {"file:b.txt": "'X\\n'", "gone:a.txt": "True"}


def test_variables_that_were_asked_for_are_set_or_deleted() -> None:
    code = "import os\ndef f():\n    return os.environ['A'] + os.getenv('B', 'no')\n"
    before = dict(os.environ)
    result, lines, _ = ran(code, {"env": {"A": "1", "C": "3"}})
    assert result == "1no"
    assert lines == ["monkeypatch.setenv(\"A\", '1')", 'monkeypatch.delenv("B", raising=False)']
    assert dict(os.environ) == before


def test_input_is_told_where_it_was_read() -> None:
    code = "import sys\ndef f():\n    return input()\n"
    result, lines, _ = ran(code, {"stdin": "hello\n"})
    assert (result, lines) == ("hello", ["monkeypatch.setattr(\"sys.stdin\", io.StringIO('hello\\n'))"])


@pytest.mark.parametrize(
    ("body", "told"), [("sys.argv[1:]", True), ("sys.argv and 1", True), ("hasattr(sys, 'argv')", False)]
)
def test_the_command_line_is_told_where_it_was_read(body: str, told: bool) -> None:
    _, lines, _ = ran(f"import sys\ndef f():\n    return {body}\n", {"argv": ["a"]})
    assert lines == (["monkeypatch.setattr(\"sys.argv\", ['program', 'a'])"] if told else [])


def test_the_web_answers_in_turn_and_tells_what_was_asked() -> None:
    code = """
        import urllib.request
        def f():
            return [urllib.request.urlopen(f"http://a/{n}").read() for n in range(3)]
        """
    result, lines, facts = ran(code, {"answers": {"web": ["(200, b'x')", "(200, b'y')"]}})
    assert result == [b"x", b"y", b"y"]
    assert lines == ["web = FakeWeb((200, b'x'), (200, b'y'))", 'monkeypatch.setattr("urllib.request.urlopen", web)']
    assert facts == {"asked:web": "['http://a/0', 'http://a/1', 'http://a/2']"}


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("subprocess.run(['x'], capture_output=True, text=True).stdout", "out"),
        ("subprocess.check_output(['x'])", b"out"),
        ("subprocess.call(['x'])", 0),
        ("subprocess.Popen(['x'], stdout=subprocess.PIPE).communicate()[0]", b"out"),
    ],
)
def test_every_way_to_start_a_command_meets_the_same_fake(call: str, result: Any) -> None:
    seen, lines, facts = ran(
        f"import subprocess\ndef f():\n    return {call}\n", {"answers": {"commands": ["(0, 'out')"]}}
    )
    assert seen == result
    assert lines[-1] == 'monkeypatch.setattr("subprocess.Popen", commands)'
    assert facts == {"asked:commands": "[['x']]"}


def test_identifiers_and_dates_are_held_where_they_are_bound() -> None:
    code = "from uuid import uuid4\nfrom datetime import date\ndef f():\n    return uuid4().hex, date.today().year\n"
    result, lines, _ = ran(code, {"moment": [2023, 6, 15, 8, 0]})
    assert result[1] == 2023
    assert [line.partition(",")[0] for line in lines] == [
        'monkeypatch.setattr("subject.uuid4"',
        'monkeypatch.setattr(FixedDate',
        'monkeypatch.setattr("subject.date"',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [("/tmp/w", "str(tmp_path)"), ("/tmp/w/a b.txt", 'str(tmp_path / "a b.txt")'), ("in /tmp/w!", "f'in {tmp_path}!'")],  # noqa: S108 - a name, not a file
)
def test_texts_with_the_folder_name_it_as_tmp_path(value: str, text: str) -> None:
    assert path_text(value, "/tmp/w") == text  # noqa: S108 - a name, not a file


def test_parameters_are_paths_by_what_is_done_with_them() -> None:
    paths = Paths(
        "import os\n"
        "def read(p):\n    with open(p) as file:\n        return file.read()\n"
        "def handed(q, text):\n    return read(q) + text\n"
        "def listed(d):\n    return os.listdir(d)\n"
    )
    assert paths.specs("p", "") is not None
    assert paths.specs("q", "") is not None
    assert paths.specs("text", "str") is None
    assert (paths.specs("d", "") or ((), ()))[1][0] == "str(tmp_path)"


def test_a_path_to_which_something_is_joined_is_a_folder() -> None:
    paths = Paths(
        "from pathlib import Path\ndef put(target, count):\n    (target / 'a').touch()\n    return 6 / count\n"
    )
    assert (paths.specs("target", "<class 'pathlib.Path'>") or ((), ()))[1] == (
        "tmp_path",
        'tmp_path / "target"',
        'tmp_path / "missing"',
    )
    assert paths.specs("count", "int") is None


def test_paths_may_be_bytes_where_that_is_announced() -> None:
    paths = Paths("import os\ndef listed(d):\n    return os.listdir(d)\n")
    assert "bytes(tmp_path)" in (paths.specs("d", "typing.Union[os.PathLike, bytes]") or ((), ()))[1]
    assert "bytes(tmp_path)" not in (paths.specs("d", "str") or ((), ()))[1]


TREES = """
    import glob
    import os

    def found(pattern: str):
        return ["/" if os.path.isdir(name) else "." for name in glob.glob(pattern)]

    def below(folder):
        return sorted({os.path.relpath(place, folder) for place, _, _ in os.walk(folder)})
"""


def test_the_search_lays_out_what_patterns_match() -> None:
    _, search = search_of(TREES, "found")
    results = {entry.observation["facts"].get("result") for entry in search.kept.results()}
    assert {"['/']", "['.']"} <= results


def test_the_search_lays_out_folders_in_folders() -> None:
    _, search = search_of(TREES, "below")
    results = [entry.observation["facts"].get("result", "") for entry in search.kept.results()]
    assert any("/" in result for result in results)


def test_smaller_worlds_leave_out_one_thing_each() -> None:
    case: Case = {"world": {"files": {"a.json": '{"x": 1, "y": 2}'}, "env": {"A": "1"}}}
    worlds = [item.get("world") for item in smaller(case)]
    assert None in worlds
    assert {"files": {"a.json": '{"x": 1}'}, "env": {"A": "1"}} in worlds
    assert {"files": {"a.json": '{"x": 1, "y": 2}'}, "env": {}} in worlds


def test_smaller_worlds_leave_out_lines_and_have_plain_words() -> None:
    case: Case = {"world": {"stdin": "key: value\nyes\n", "argv": ["prog", "--é"], "env": {"A": "x=1"}}}
    assert {**case["world"], "stdin": "yes\n"} in [item.get("world") for item in smaller(case)]
    plain = [item["world"] for item in chain.from_iterable(plainer(case))]
    assert {**case["world"], "stdin": "key: value\na\n"} in plain
    assert {**case["world"], "argv": ["prog", "1"]} in plain
    assert {**case["world"], "env": {"A": ""}} in plain
    assert case["world"]["env"] == {"A": "x=1"}


def test_a_result_that_only_repeats_its_world_says_nothing() -> None:
    case = {"world": {"answers": {"web": ["(200, b'x7')"]}}, "arguments": []}
    repeated = {"outcome": "returns", "shown": ["result"], "facts": {"result": "'x7'"}}
    assert only_repeats(case, repeated)
    assert not only_repeats(case, {**repeated, "shown": ["result", "asked:web"]})
    assert not only_repeats(case, {**repeated, "facts": {"result": "'made of it'"}})


def test_the_search_fills_files_with_what_the_code_looks_for() -> None:
    code = """
        import json
        def load(path: str) -> int:
            with open(path) as file:
                settings = json.load(file)
            if settings.get("mode") == "careful":
                return 3
            return 1
        """
    _, search = search_of(code, "load")
    results = {entry.observation["facts"].get("result") for entry in search.kept.results()}
    assert {"1", "3"} <= results


def test_what_is_logged_is_told_as_caplog_would(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING")  # other tests may have set another
    code = """
        import logging
        log = logging.getLogger("subject")
        def f():
            log.info("unheard of")
            log.warning("no product %s", 5)
        """
    _, _, facts = ran(code, {})
    assert facts["logged"] == "['no product 5']"
    assert "errors" not in facts


def test_a_column_that_only_an_argument_names_comes_in_tables() -> None:
    maker = inputs.Maker(Random(1), Pool(), Callables({}, Namer({}, {}), []))
    contents = Contents("COLUMNS = ['amount', 'count']\n", maker, ["amount", "count"])
    headers = {contents.content("a.csv").partition("\n")[0] for _ in range(40)}
    assert {"amount", "count"} & set(",".join(headers).split(","))


def test_code_that_can_do_without_requests_is_searched_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    code = """
        try:
            import requests
        except ImportError:
            requests = None
        def f():
            return requests is None
        """
    result, lines, _ = ran(code, {})
    assert (result, lines) == (True, [])


AGED = """
    import os
    from pathlib import Path

    def f():
        made = Path("made.txt").exists()
        return int(os.path.getmtime("a.txt")) - int(Path("b/c.txt").stat().st_mtime), made
"""


def test_moments_of_files_are_those_of_the_world_and_told_where_they_were_read() -> None:
    world = {"files": {"a.txt": "", "b/c.txt": "", "d.txt": ""}, "times": {"b/c.txt": 1_699_999_990}}
    result, lines, _ = ran(AGED, world)
    assert result == (10, False)
    told = [line for line in lines if "utime" in line]
    assert told[0] == 'os.utime(tmp_path / "a.txt", (1_700_000_000, 1_700_000_000))'
    assert told[1] == 'os.utime(tmp_path / "b/c.txt", (1_699_999_990, 1_699_999_990))'
    assert len(told) == 2, "nobody read that of d.txt"


def test_the_moment_of_a_file_that_the_call_itself_writes_is_not_for_a_test() -> None:
    code = """
        import os

        def f():
            open("a.txt", "w").close()
            return os.stat("a.txt").st_mtime
    """
    with pytest.raises(Cut):
        ran(code, {"files": {"a.txt": "old"}})


def test_an_event_loop_has_its_sockets_where_connections_are_fake() -> None:
    code = """
        import asyncio
        import socket

        async def ask():
            with socket.create_connection(("example.org", 7)) as connection:
                return connection.recv(10)

        def f():
            return asyncio.run(ask())
    """
    result, lines, facts = ran(code, {"answers": {"network": ['b"hello"']}})
    assert (result, facts["asked:network"]) == (b"hello", "[('example.org', 7)]")
    assert 'network = FakeNetwork(b"hello")' in lines


def test_a_parameter_called_socket_asks_for_no_network() -> None:
    assert ran("def f(socket=None):\n    return socket\n", {}) == (None, [], {})


SECTIONS = """
    import configparser

    def commands(parser: configparser.ConfigParser):
        found = []
        for section in parser.sections():
            if section.startswith("command:"):
                for option in ("step", "steps"):
                    if option in parser[section]:
                        found.append(parser.get(section, option))
        return found
"""


def test_sections_are_named_by_how_the_code_asks_that_they_begin() -> None:
    source = textwrap.dedent(SECTIONS)
    maker = inputs.Maker(Random(1), Pool(), Callables({}, Namer({}, {}), []))
    texts = [Contents(source, maker, strings_in(source)).content("app.ini") for _ in range(20)]
    assert sum("[command:first]" in text for text in texts) >= 8
    assert any("step = " in text for text in texts)
    assert any("steps = " in text for text in texts)


@pytest.mark.parametrize("name", ["a.txt", "logs/b.c/", "a b", ".env", "folder/.env", "a-b_c.json"])
def test_a_name_of_a_file_reads_as_one(name: str) -> None:
    assert surroundings._READABLE.fullmatch(name)


@pytest.mark.parametrize("name", ["", " a", "a.", "a/ b", "-a", "a//b", "a" * 60 + "!"])
def test_a_slip_does_not_and_that_is_seen_at_once(name: str) -> None:
    assert not surroundings._READABLE.fullmatch(name)
