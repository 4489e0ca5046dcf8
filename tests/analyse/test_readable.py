import ast

import pytest

from aitestgen.analyse.readable import read_in_groups, readable


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("def f(t): return ipaddress.ip_network(t)", ["10.0.0.0/8", "192.168.1.0/30", "2001:db8::/126"]),
        ("def f(t): return Fraction(t)", ["3/4", "-7/2"]),
        ("def f(t): return date.fromisoformat(t)", ["2024-02-29", "2024-02-29T13:05:09", "2023-12-31T23:59:00+02:00"]),
        (
            "for form in ('%d.%m.%Y', '%H:%M'): datetime.strptime(t, form)",
            ["29.02.2024", "31.12.2023", "13:05", "23:59"],
        ),
        ("FORM = '%d.%m.%Y'\nprint(now.strftime(FORM))", []),
        ("UUID\nprint('100%')", []),
        ("hours, minutes = map(int, text.replace('.', ':').split(':'))", ["1:2"]),
        ("key, other = pair.split('=', 1)\nfirst = pair.split(',')", ["1=2"]),
        ("def f(t): return version.parse(t), parse(t)", ["1.2.3", "2.0.0rc1", "0.9"]),
        ("def f(t): return t.encode('utf-8')", ["é", "€"]),
        ("def f(q): return parse_qs(q)['page']", ["x=1&y=2&x=3", "page=1", "page=a&page=b"]),
        (
            "def f(raw):\n    mail = email.message_from_string(raw)\n    return mail['Subject'] or mail.get('From')",
            [
                "Subject: alice@example.org\nFrom: alice@example.org\n\nHello\n",
                "Subject: one\nContent-Type: multipart/mixed; boundary=b\n\n"
                "--b\nContent-Type: text/plain\n\none\n--b--\n",
            ],
        ),
        ("def f(p, t): return re.findall(p, t)", [r"\d+", r"(\w)(\d)?", "a|b", "["]),
        ("def f(t): return re.findall(WORD, t), re.sub('a', '', t)", []),
        ("def f(t): return list(string.Formatter().parse(t))", ["{name}", "{0:>5} and {name!r}", "{}", "{"]),
        ("def f(t): return Template(t).substitute(name=1)", ["$name is ${value}", "no $$ here", "$name $"]),
        ("def f(t): return t.decode('unicode_escape')", [r"\xc3\xa9", r"\xff", r"\u20ac"]),
    ],
)
def test_texts_are_those_that_the_called_readers_take(source: str, texts: list[str]) -> None:
    assert list(readable(ast.parse(source))) == texts


def test_texts_for_groups_are_those_that_readers_of_their_text_take() -> None:
    source = """
def f(line):
    match = LINE.match(line)
    day = datetime.strptime(match["day"], "%d.%m.%Y")
    return day, ip_network(match.group(2)), int(match.group("count")), date.fromisoformat(line)
"""
    assert read_in_groups(ast.parse(source)) == {
        "day": ("29.02.2024", "31.12.2023"),
        2: ("10.0.0.0/8", "192.168.1.0/30", "2001:db8::/126"),
    }
