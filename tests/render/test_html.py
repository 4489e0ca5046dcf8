"""The HTML report: whole, self-contained, told in words and signs, and never acting on the text of others."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.render.exported_reports import BUG, REPORT, ended, evil, exported

from aitestgen.render.exported import Exported
from aitestgen.render.html_style import STYLE
from aitestgen.render.report_html import html
from aitestgen.values import Mutation, Verdict

VOID = {"meta", "br", "hr", "link", "img", "input"}
ALLOWED = {"meta", "html", "head", "title", "style", "body", "main", "footer", "section", "article"}
ALLOWED |= {"h1", "h2", "h3", "h4", "p", "span", "a", "code", "pre", "del", "ins", "div", "dl", "dt", "dd"}
ALLOWED |= {"table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary"}
ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "id",
    "class",
    "href",
    "style",
    "tabindex",
    "aria-hidden",
}


class Page(HTMLParser):
    """Reads a page; fails on a tag that is not closed in turn, and on a tag or attribute that is not ours."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.classes: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        for name, value in attrs:
            assert name in ATTRIBUTES
            self.ids += [value or ""] if name == "id" else []
            self.links += [value or ""] if name == "href" else []
            self.classes |= set((value or "").split()) if name == "class" else set()
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(*modules: Exported) -> Page:
    return Page(html(modules).decode())


@pytest.mark.parametrize(
    "modules",
    [
        [exported()],
        [exported(), exported()],
        [evil()],
        [ended(Verdict.TIMED_OUT, (), "5 s")],
        [exported(replace(REPORT, tests=(), findings=(), mutation=Mutation(), stages=(), tests_file=""))],
    ],
    ids=["one", "two", "evil", "timed out", "nothing"],
)
def test_a_page_is_whole_and_its_links_lead_somewhere(modules: list[Exported]) -> None:
    found = page(*modules)
    assert len(found.ids) == len(set(found.ids))
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)


def test_a_page_needs_nothing_else() -> None:
    text = html([exported(), evil()]).decode()
    assert "<script" not in text
    assert "default-src 'none'" in text
    assert not re.findall(r"url\(|@import|https?:", text)


def test_text_that_tries_to_act_is_plain_signs() -> None:
    text = html([evil()]).decode()
    assert "<img" not in text
    assert not {"\x1b", "\u202e", "\x00"} & set(text)
    assert page(evil()).text.count("<img src=x onerror=alert(1)>\\x1b[31m\\u202e") > 15


def test_what_the_report_holds_is_there() -> None:
    text = page(exported()).text
    for told in (
        "lines 62.5% (5 of 8)",
        "branches 50% (2 of 4)",
        "mutants killed 33.3% (1 of 3)",
        "mutants not judged 1",
        BUG.why,
        BUG.quote,
        "confidence high",
        "assert grade(0, 0) == 'fail'",
        "> became >=",
        "(no test reaches it)",
        "test_marks.py::TestMore::test_table[a-b]",
        "=== 2 passed ===",
        "search 1.00 s",
        "a note",
        "flaky",
        "bubblewrap, tier B",
    ):
        assert told in text


def test_coverage_of_a_line_is_told_without_colour() -> None:
    text = page(exported()).text
    assert "1 ✓ covered def grade(points, most):" in text
    assert "2 ◐ partly covered if points > most: never goes on to line 3" in text
    assert "3 ✗ not covered raise ValueError(points)" in text
    assert "7 8 9 ✓ covered def never(x):" in text


def test_several_modules_have_a_table_in_front() -> None:
    other = exported(replace(REPORT, module="school.terms"))
    text = page(exported(), other).text
    assert text.index("school.terms") < text.index("1 ✓")


def test_a_run_that_did_not_pass_is_told() -> None:
    assert "school/marks.py : timed_out , 5 s" in page(ended(Verdict.TIMED_OUT, (), "5 s")).text


def test_the_look_knows_every_class_and_both_schemes() -> None:
    styled = set(re.findall(r"\.([a-z]+)", STYLE))
    assert page(exported(), ended(Verdict.FAILED)).classes - {"plain"} <= styled
    assert "prefers-color-scheme: dark" in STYLE


def brightness(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back"),
    [
        *((front, back) for front in ("text", "soft", "accent") for back in ("back", "panel")),
        *(("hit", "back"), ("missed", "back"), ("partial", "partial-back"), ("missed", "missed-back")),
        *(("text", "partial-back"), ("text", "missed-back"), ("soft", "missed-back"), ("soft", "partial-back")),
    ],
)
def test_words_stand_out_from_their_background(front: str, back: str, scheme: int) -> None:
    first, second = (brightness(re.findall(rf"--{name}: (#[0-9a-f]{{6}})", STYLE)[scheme]) for name in (front, back))
    assert (max(first, second) + 0.05) / (min(first, second) + 0.05) >= 4.5
