"""Untrusted text made harmless to look at: what would act or hide is written out instead."""

import re

_ACTING = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, among them the escape that commands terminals
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # unseen, or turning the text around
    "\ud800-\udfff\ufffe\uffff"  # no characters at all
    "\U000e0000-\U000e0fff"  # unseen tags
    "]"
)


def visible(text: str) -> str:
    """The text with controls, bidirectional and invisible characters as escapes such as `\\x1b` and `\\u202e`.

    Line feeds and tabs stay. What comes back is valid XML text and valid UTF-8. Line ends become line feeds.
    """
    return _ACTING.sub(_written_out, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same, with the lines joined by blanks."""
    return " ".join(visible(text).split())


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
