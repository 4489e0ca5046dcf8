"""How a call is written as source text: templates with `{self}`, `{args}` and `{0}`, by the name of what is called."""

import inspect
from collections.abc import Mapping
from types import CodeType
from typing import Any

from aitestgen_guest.shapes import Description

OPERATORS: "dict[str, str | None]" = {
    "__len__": "len({self})", "__contains__": "{0} in {self}", "__getitem__": "{self}[{0}]", "__bool__": "bool({self})",
    "__eq__": "{self} == {0}", "__ne__": "{self} != {0}", "__lt__": "{self} < {0}", "__le__": "{self} <= {0}",
    "__gt__": "{self} > {0}", "__ge__": "{self} >= {0}", "__add__": "{self} + {0}", "__sub__": "{self} - {0}",
    "__mul__": "{self} * {0}", "__truediv__": "{self} / {0}", "__floordiv__": "{self} // {0}",
    "__mod__": "{self} % {0}", "__pow__": "{self} ** {0}",
    "__and__": "{self} & {0}", "__or__": "{self} | {0}", "__xor__": "{self} ^ {0}",
    "__neg__": "-{self}", "__pos__": "+{self}", "__invert__": "~{self}", "__abs__": "abs({self})",
    "__int__": "int({self})", "__float__": "float({self})", "__repr__": "repr({self})", "__str__": "str({self})",
    "__iter__": "iter({self})", "__reversed__": "reversed({self})", "__next__": "next({self})",
    "__radd__": "{0} + {self}", "__rmul__": "{0} * {self}", "__rsub__": "{0} - {self}", "__matmul__": "{self} @ {0}",
    "__rtruediv__": "{0} / {self}", "__rfloordiv__": "{0} // {self}", "__rmod__": "{0} % {self}",
    "__rpow__": "{0} ** {self}", "__rand__": "{0} & {self}", "__ror__": "{0} | {self}", "__rxor__": "{0} ^ {self}",
    "__divmod__": "divmod({self}, {0})", "__bytes__": "bytes({self})", "__complex__": "complex({self})",
    "__format__": "format({self}, {0})", "__lshift__": "{self} << {0}", "__rshift__": "{self} >> {0}",
    "__hash__": "hash({self}) == hash({0})", "__copy__": "copy.copy({self})", "__deepcopy__": "copy.deepcopy({self})",
    "__reduce__": "pickle.loads(pickle.dumps({self}))", "__getstate__": "pickle.loads(pickle.dumps({self}))",
    "__setstate__": "pickle.loads(pickle.dumps({self}))", "__reduce_ex__": "pickle.loads(pickle.dumps({self}))",
    "__getattr__": "getattr({self}, {0})", "__setattr__": "setattr({self}, {0}, {1})",
    "__delattr__": "delattr({self}, {0})", "__enter__": "{self}", "__aenter__": "{self}", "__aiter__": "{self}",
    "__anext__": "anext({self})", "__await__": "{self}", "__missing__": "{self}[{0}]",
    "__del__": None, "__new__": None, "__init_subclass__": None, "__set_name__": None,
    "__post_init__": None, "__getattribute__": None, "__class_getitem__": None, "__get__": None, "__set__": None,
}  # fmt: skip
IN_PLACE: "dict[str, str]" = {
    "__iadd__": "{self} += {0}", "__isub__": "{self} -= {0}", "__imul__": "{self} *= {0}", "__ipow__": "{self} **= {0}",
    "__itruediv__": "{self} /= {0}", "__ifloordiv__": "{self} //= {0}", "__imod__": "{self} %= {0}",
    "__imatmul__": "{self} @= {0}", "__iand__": "{self} &= {0}", "__ior__": "{self} |= {0}",
    "__ixor__": "{self} ^= {0}", "__ilshift__": "{self} <<= {0}", "__irshift__": "{self} >>= {0}",
}  # fmt: skip
"""Statements after which the name stands for what the method returned: mostly the same object."""
STATEMENTS: "dict[str, str]" = {
    "__setitem__": "{self}[{0}] = {1}", "__delitem__": "del {self}[{0}]", **IN_PLACE
}  # fmt: skip
LEAVING = ("__exit__", "__aexit__")
"""What the end of a `with` block calls: such a block, left by an exception or not, is how a test calls it."""
SEEN_BY_TEXT = ("__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__")
_CODE: "dict[tuple[str, str], CodeType]" = {}


def code_of(text: str, mode: str = "eval") -> CodeType:
    key = (text, mode)
    if key not in _CODE:
        if len(_CODE) > 20_000:
            _CODE.clear()
        _CODE[key] = compile(text, "<case>", mode, dont_inherit=True)
    return _CODE[key]


class Target:
    """A callable under test, as the host's analysis described it."""

    def __init__(self, description: Description, users: "Mapping[str, str] | None" = None) -> None:
        self.id: str = description["id"]
        self.kind: str = description["kind"]
        self.owner: str = description.get("owner") or ""
        self.name: str = self.id.rpartition(".")[2]
        self.through = ""
        """The class by which a class method is called, where it is not by its own."""
        self.sets = False
        """Whether it is what a descriptor does with a value that is assigned."""
        if self.id in (users or {}) and self.kind == "function":  # what it makes is seen through a class that uses it
            self.kind, self.owner, self.name = "property", (users or {})[self.id], "value"
        elif self.name in ("__get__", "__set__") and self.owner in (users or {}):  # so is what a descriptor does
            self.sets = self.name == "__set__"
            self.kind, self.owner, self.name = "property", (users or {})[self.owner], "value"
        self.bound = self.kind in ("method", "property")

    @property
    def template(self) -> "str | None":
        """The call as text with `{self}` and `{args}`; None where a test has no way to write it."""
        if self.kind == "property":
            return "{self}." + self.name
        return method_template(self.name) if self.bound else self.called + "({args})"

    @property
    def expression(self) -> "str | None":
        """Likewise, but a call that has a value where Python's way to write it has none: `x += y`."""
        in_place = self.bound and self.name in IN_PLACE
        return "{self}." + self.name + "({args})" if in_place else self.template

    @property
    def called(self) -> str:
        """The path by which what is no method is called: its own, or that through another class."""
        if not self.through:
            return self.id
        return self.through if self.kind in ("class", "dataclass") else f"{self.through}.{self.name}"


def method_template(name: str) -> "str | None":
    """A method's call as text with `{self}` and `{args}`; None where a test has no way to write it."""
    if name in STATEMENTS:
        return STATEMENTS[name]
    if name in LEAVING:
        return ("async " if name == "__aexit__" else "") + "with {self}:\n    pass"
    if name == "__call__":
        return "{self}({args})"
    if name in OPERATORS:
        return OPERATORS[name]
    return "{self}." + name + "({args})"


def call_text(template: "str | None", receiver: str, arguments: "list[str]", keywords: "dict[str, str]") -> str:
    """The call as source text; `arguments` are texts."""
    if template is None:
        raise ValueError("a test has no way to write this call")
    keyword_texts = [f"{name}={text}" for name, text in keywords.items()]
    return template.format(*arguments, self=receiver, args=", ".join([*arguments, *keyword_texts]))


def is_statement(template: str) -> bool:
    """Whether a template with these first words is a statement, which has no value."""
    return template in STATEMENTS.values() or template.startswith("del ") or "} = " in template or ":\n" in template


def opens_block(function: Any) -> bool:
    """Whether it is a function that `contextlib` has made a context manager of."""
    made_of = getattr(function, "__wrapped__", None)
    is_generator = inspect.isgeneratorfunction(made_of) or inspect.isasyncgenfunction(made_of)
    return is_generator and getattr(function, "__globals__", {}).get("__name__") == "contextlib"
