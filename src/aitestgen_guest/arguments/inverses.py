"""Which functions undo or check by their names what others make."""

INVERSES = (
    ("encode", "decode"), ("dumps", "loads"), ("serialize", "deserialize"), ("serialise", "deserialise"),
    ("compress", "decompress"), ("quote", "unquote"), ("escape", "unescape"), ("encrypt", "decrypt"),
    ("pack", "unpack"), ("format", "parse"), ("marshal", "unmarshal"), ("flatten", "unflatten"),
    ("hexlify", "unhexlify"), ("encipher", "decipher"), ("stringify", "parse"), ("render", "parse"), ("to", "from"),
)  # fmt: skip
"""Going there and back gives what one began with."""
_CHECKS = (
    ("sign", "unsign"), ("sign", "verify"), ("sign", "validate"), ("issue", "verify"), ("issue", "validate"),
    ("generate", "verify"), ("generate", "validate"), ("create", "verify"), ("create", "validate"),
    ("hash", "verify"), ("hash", "check"), ("dump", "load"), ("tokenize", "parse"), ("build", "parse"),
)  # fmt: skip
"""What only takes back what the other makes: there and back need not give what one began with."""


def inverse_of(name: str) -> "list[str]":
    """The names that the inverse of a function may have: `encode_x` → `decode_x`, `a_to_b` → `b_to_a`."""
    return _renamed(name, INVERSES)


def takers_of(name: str) -> "list[str]":
    """The names that functions may have which take what this one makes: its inverses, and what checks it."""
    return _renamed(name, (*INVERSES, *_CHECKS))


def _renamed(name: str, pairs: "tuple[tuple[str, str], ...]") -> "list[str]":
    words = name.split("_")
    found = []
    for one, other in pairs:
        if one in words:
            place = words.index(one)
            found.append("_".join([*words[:place], other, *words[place + 1 :]]))
        elif len(one) > 4 and "_" not in name and (name.startswith(one) or name.endswith(one)):
            found.append(name.replace(one, other))
    if "to" in words[1:-1]:
        place = words.index("to")
        found.append("_".join([*words[place + 1 :], "to", *words[:place]]))
    return [item for item in dict.fromkeys(found) if item != name]
