"""The gate's verdicts, its limits, and that it never answers with anything but findings or CodeInvalid."""

import contextlib
import importlib
import random
import resource
import time
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.analyse.gate.cases import CASES, Case, verdict

from aitestgen.analyse.gate import as_bytes, judge, rules, source
from aitestgen.errors import CodeInvalid, PolicyRefused
from aitestgen.values import PolicyFinding

_POLICY = Path(__file__).parents[3] / "docs" / "policy.md"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_gets_its_verdict(case: Case) -> None:
    found, names = verdict(case)
    assert case.rule in found.split(", "), f"{found or 'allowed'}: {names}"
    if case.offender:
        assert names == case.offender


def test_every_rule_refuses_a_case() -> None:
    refused = {rule for case in CASES for rule in verdict(case)[0].split(", ")}
    assert refused - {"", "invalid"} == set(rules.load().by_id)


def test_the_table_holds_both_sides() -> None:
    allowed = sum(not case.rule for case in CASES)
    assert len(CASES) >= 300
    assert allowed >= 60
    assert len({case.name for case in CASES}) == len(CASES)


def test_names_are_those_of_the_contract() -> None:
    findings = judge(b"import os\nimport subprocess\n\ndef f():\n    os.system('id')\n")
    assert str(PolicyRefused(findings)) == "Code contains unsafe operations: os, subprocess"


def test_a_finding_says_where_what_why_and_what_instead() -> None:
    (finding,) = judge("é = 'ü'; open('f')\n".encode())
    assert (finding.name, finding.line, finding.column, finding.rule) == ("open", 1, 10, "file-io")
    assert finding.message == (
        "open gives access to files and folders: reads or writes the file system. "
        "Instead: pass text, or an io.StringIO, into the function."
    )


def test_findings_come_in_order_of_appearance_and_a_chain_counts_once() -> None:
    findings = judge(b"def f():\n    return ().__class__.__base__.__subclasses__()\n\neval('1')\nimport os\n")
    assert [(finding.name, finding.line) for finding in findings] == [("__class__", 2), ("eval", 4), ("os", 5)]


def test_many_places_of_one_name_are_reported_ten_times() -> None:
    assert len(judge(b"eval\n" * 500 + b"import os\n")) == 11


def test_a_byte_order_mark_shifts_no_column() -> None:
    (finding,) = judge(b"\xef\xbb\xbfx = 1; import os")
    assert (finding.line, finding.column) == (1, 15)


def test_the_project_s_own_modules_may_be_imported_by_name() -> None:
    code = b"from shop.cart import total\nimport shop.tax as tax\nx = tax.rate\n"
    assert judge(code, own_modules=("shop.cart", "shop.tax")) == ()
    assert {finding.rule for finding in judge(code)} == {"unknown-module"}


def test_a_syntax_error_gives_python_s_message_line_and_column() -> None:
    with pytest.raises(CodeInvalid, match="line 2: ") as caught:
        judge(b"x = 1\ny = = 2\n")
    assert (caught.value.line, caught.value.column) == (2, 5)


@pytest.mark.parametrize(
    ("code", "line", "column"),
    [(b"x = 1\ny = '\xff'", 2, 6), (b"a\0b", 1, 2), (b"#\n# coding: cp1252\n", 2, 0), (b"'\xed\xa0\x80'", 1, 2)],
    ids=["latin-1", "null byte", "cookie", "surrogate"],
)
def test_bytes_that_are_not_plain_utf8_are_invalid_with_their_place(code: bytes, line: int, column: int) -> None:
    with pytest.raises(CodeInvalid) as caught:
        judge(code)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_lone_surrogate_in_text_is_invalid_with_its_place() -> None:
    with pytest.raises(CodeInvalid, match="line 2, column 3") as caught:
        as_bytes("x = 1\nab\ud800")
    assert (caught.value.line, caught.value.column) == (2, 3)
    assert as_bytes("ä") == b"\xc3\xa4"


def test_no_time_left_is_invalid() -> None:
    with pytest.raises(CodeInvalid, match="too long to judge"):
        judge(b"x = 1\n", seconds=-1)


def _hostile() -> Iterator[tuple[str, bytes]]:
    yield "statements", b"a=1\n" * 250_000
    yield "statements within limits", b"a=a\n" * 4_900
    yield "names within limits", b"eval\n" * 9_000
    yield "brackets", b"(" * 1_000_000
    yield "minus", b"-" * 19_000 + b"1"
    yield "sums", (b"x='a'" + b"+'a'" * 300 + b"\n") * 15
    yield "chains", (b"x=a" + b".b" * 400 + b"\n") * 20
    yield "a long sum", b"x = " + b"+".join([b"1"] * 9_000)  # invalid before CPython 3.13, which parses it
    yield "a long chain", b"x = a" + b".b" * 9_000
    yield "scopes", b"def f():\n global a\n a=a\n" * 1_400
    yield "bases", b"class A(A,A,A):x\n" * 1_300
    yield "one line", b"a=1;" * 250_000
    yield "noise", random.Random(1).randbytes(1_000_000)
    yield "nulls", bytes(1_000_000)
    yield "format", b"'" + b"{:" * 3_000 + b"'.format(1)"


@pytest.mark.parametrize("code", [code for _, code in _hostile()], ids=[name for name, _ in _hostile()])
def test_hostile_input_is_answered_fast(code: bytes) -> None:
    judge(b"x = 1")  # the policy's data are read once
    started = time.process_time()
    with contextlib.suppress(CodeInvalid):
        judge(code)
    assert time.process_time() - started < 1.5  # 0.15 s untraced; what grows with the square takes more


def test_the_largest_allowed_input_stays_under_64_mib() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    judge(b"a=b\n" * 4_900)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 64


# fmt: off
_WORDS = st.sampled_from([
    "import os\n", "from ", "def f(", "class A:\n ", "__class__", ".", "(", ")", "[", "]", "{", "}", "'", "\"",
    "f'", ":", "\n", "\n ", "=", "eval", "match x:\n case ", "lambda ", "*", "**", "@", "\\", "\0", "getattr",
    "type", "global ", "del ", ":=", "ü", "ｏ", "#", "\r", "\f", "coding: ", "for x in ", "if ", "else ",
    "await ", "yield ", "format", "'{0.__x__}'", "1", ",", "import ", "as ", "except ", "try:\n ", "with ",
    "x",
])
# fmt: on


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=300), st.lists(_WORDS, max_size=60).map(lambda words: "".join(words).encode())))
def test_any_bytes_give_findings_or_code_invalid(code: bytes) -> None:
    invalid = ""
    findings: tuple[PolicyFinding, ...] = ()
    try:
        findings = judge(code)
    except CodeInvalid as error:
        invalid = str(error)
    assert not invalid.startswith("the code cannot be judged")  # an exception that nobody foresaw
    lines = source.lines_of(code)
    assert all(0 < finding.line <= len(lines) and finding.column > 0 for finding in findings)


@pytest.mark.parametrize("module", sorted(rules.load().public))
def test_a_public_name_is_neither_a_module_nor_a_refused_builtin(module: str) -> None:
    policy = rules.load()
    loaded = pytest.importorskip(module) if module == "typing_extensions" else importlib.import_module(module)
    for name in policy.public[module]:
        value = getattr(loaded, name, None)  # newer and older Pythons have other names
        assert not isinstance(value, types.ModuleType), name
        assert not name.startswith("_")
        assert name not in policy.attributes
        assert value not in {open, eval, exec, __import__} if isinstance(value, types.BuiltinFunctionType) else True


def test_the_document_lists_every_rule_as_the_data_have_it() -> None:
    text = _POLICY.read_text("utf-8")
    for rule in rules.load().by_id.values():
        assert f"| `{rule.id}` | {rule.what} | {rule.why} | {rule.instead} |" in text
