"""What the statements of a function do to data: what is looked up in it, what it is compared with and used as."""

import ast
from typing import Any

from aitestgen_guest.arguments.built import Built
from aitestgen_guest.arguments.module_data import Function, Module, constants_of, last_name, names_of
from aitestgen_guest.arguments.noted import LIST, SET, TEXT
from aitestgen_guest.arguments.patterns import read_pattern
from aitestgen_guest.arguments.uses import CLASS_ATTRIBUTES, NAMED, is_numeric, is_static, meets, of_function

_MAPPING = frozenset({"get", "items", "keys", "values", "setdefault", "pop"})
_HOLDING = frozenset({"append", "add", "appendleft", "remove", "discard"})
"""Methods whose argument is an item, or becomes one."""
_PUSHING = frozenset({"heappush", "heappushpop", "heapreplace", "insort", "insort_left", "insort_right"})
"""Functions whose second argument becomes an item of the first."""
_READS_TEXT = frozenset({"match", "fullmatch", "search", "findall", "finditer"})
"""Of patterns, and of the module `re`: the text is the last argument."""
ATTRIBUTE = "attribute"
MOST_CLASSES = 3
_OF_ATTRIBUTES = ("getattr", "hasattr", "setattr", "delattr")


class Scope:
    """Reads the statements of one function: `names` are what is known of its variables."""

    def __init__(self, module: Module, owner: str, names: "dict[str, Built]", path: str) -> None:
        self.module = module
        self.owner = owner
        self.names = names
        self.path = path

    def read(self, statements: "list[ast.stmt]") -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, Function):
            inner = {name: self.module.inner_parameter(self.path, name) for name in names_of(node)}
            within = {**self.names, **inner}
            Scope(self.module, self.owner, within, f"{self.path}.{node.name}").read(node.body)
            return
        _READERS.get(type(node), Scope._each)(self, node)
        for part in ("body", "handlers", "orelse", "finalbody", "cases"):
            for inner in getattr(node, part, ()):
                self.read([inner] if isinstance(inner, ast.stmt) else inner.body)

    def _assigned(self, node: "ast.Assign | ast.AnnAssign") -> None:
        given = None if node.value is None else self.look(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            self._bind(target, given)

    def _looped(self, node: "ast.For | ast.AsyncFor") -> None:
        self._loop(node.target, node.iter)

    def _returned(self, node: ast.Return) -> None:
        if node.value is not None:
            self.module.result(self.path).unite(self.look(node.value))

    def _augmented(self, node: ast.AugAssign) -> None:
        self._computed(node.target, node.value)

    def _tested(self, node: "ast.If | ast.While") -> None:
        self._asked(node.test)

    def _matched(self, node: ast.Match) -> None:
        found = self.look(node.subject)
        for case in node.cases:
            read_pattern(case.pattern, found, self)

    def _each(self, node: ast.AST) -> None:
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                self.look(inner)
            elif isinstance(inner, (ast.withitem, ast.keyword, ast.FormattedValue)):
                self._each(inner)

    def _bind(self, target: ast.expr, given: "Built | None") -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = given or Built()
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = given.unpacked(len(target.elts)) if given is not None else [None] * len(target.elts)
            for inner, part in zip(target.elts, parts, strict=True):
                self._bind(inner, part)
        elif isinstance(target, (ast.Attribute, ast.Subscript)) and (found := self.look(target)) is not None:
            found.unite(given)

    def _asked(self, test: ast.expr) -> None:
        found = self.look(test.operand if isinstance(test, ast.UnaryOp) else test)
        if found is not None:
            found.is_used_as("truth")

    # -- loops --------------------------------------------------------------------------------------------------
    def _loop(self, target: ast.expr, over: ast.expr) -> None:
        called = over.func if isinstance(over, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "items" and isinstance(target, ast.Tuple):
            holder = self.look(called.value)
            self._bind(target.elts[0], None if holder is None else holder.whole().named)
            self._bind(target.elts[-1], None if holder is None else holder.as_mapping().value())
        elif isinstance(called, ast.Name) and called.id in ("enumerate", "zip") and isinstance(target, ast.Tuple):
            given = over.args if isinstance(over, ast.Call) else []
            for inner, item in zip(target.elts[1:] if called.id == "enumerate" else target.elts, given, strict=False):
                self._loop(inner, item)
        else:
            holder = self.look(over)
            self._bind(target, None if holder is None else holder.member())

    def _comprehension(self, node: "ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp") -> Built:
        scope = Scope(self.module, self.owner, dict(self.names), self.path)
        for one in node.generators:
            scope._loop(one.target, one.iter)
            for test in one.ifs:
                scope._asked(test)
        made = Built()
        if isinstance(node, ast.DictComp):
            scope.look(node.key)
            made.value().unite(scope.look(node.value))
        else:
            made.member().unite(scope.look(node.elt))
        return made

    # -- expressions --------------------------------------------------------------------------------------------
    def look(self, node: ast.expr) -> "Built | None":
        """What the expression gives, if anything is known of it; what it does to its parts is noted."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        looker = _LOOKERS.get(type(node))
        if looker is not None:
            found: Built | None = looker(self, node)
            return found
        self._each(node)
        return None

    def _attribute(self, node: ast.Attribute) -> "Built | None":
        holder = self.look(node.value)
        if holder is not None and node.attr in CLASS_ATTRIBUTES:
            holder.is_used_as("class")
        return None if holder is None else holder.attribute(node.attr, self.path)

    def _subscript(self, node: ast.Subscript) -> "Built | None":
        holder = self.look(node.value)
        place = node.slice
        if holder is None:
            self._is_key_of(node.value, place)
            return None
        if isinstance(place, ast.Constant) and isinstance(place.value, str):
            return holder.key(place.value)
        if isinstance(place, (ast.Constant, ast.UnaryOp)) or self._counts(place):
            return holder.member()
        if isinstance(place, ast.Slice):
            self._each(place)
            return holder
        index = self.look(place)
        if index is not None and holder.whole().item is not None and index.whole() is holder.member():
            holder.as_mapping()
        return holder.value()

    def _counts(self, place: ast.expr) -> bool:
        """Whether it is a counter, perhaps plus or minus something."""
        return last_name(place.left if isinstance(place, ast.BinOp) else place) in self.module.counters

    def _is_key_of(self, holder: ast.expr, place: ast.expr) -> None:
        found = self.look(place)
        if found is not None and isinstance(holder, ast.Name):
            found.is_compared_with(self.module.members.get(holder.id, ()))

    def _choice(self, node: "ast.BoolOp | ast.IfExp") -> "Built | None":
        if isinstance(node, ast.IfExp):
            self._asked(node.test)
            parts = [node.body, node.orelse]
        else:
            parts = node.values
        found = [one for one in map(self.look, parts) if one is not None]
        return found[0] if found else None

    def _inner(self, node: "ast.Await | ast.Starred | ast.NamedExpr") -> "Built | None":
        found = self.look(node.value)
        if isinstance(node, ast.Await) and found is not None:
            found.whole().awaited = True
        if isinstance(node, ast.NamedExpr):
            self._bind(node.target, found)
        return found

    def _negated(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._asked(node.operand)
        else:
            self._computed(node.operand, node.operand)

    def _computes(self, node: ast.BinOp) -> "Built | None":
        if isinstance(node.right, ast.Call) and ast.unparse(node.right.func).endswith("timedelta"):
            return self.look(node.left)  # a moment, some time before or after the other
        self._computed(node.left, node.right)
        return None

    def _computed(self, left: ast.expr, right: ast.expr) -> None:
        text = any(isinstance(s, ast.JoinedStr) or isinstance(getattr(s, "value", None), str) for s in (left, right))
        for found in (self.look(left), self.look(right)):
            if found is not None:
                found.is_used_as("str" if text else "computed")

    def _compared(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        found = [self.look(side) for side in sides]
        for place, operator in enumerate(node.ops):
            if isinstance(operator, (ast.In, ast.NotIn)):
                self._within(sides[place], found[place], sides[place + 1], found[place + 1])
                continue
            for one, other in ((place, place + 1), (place + 1, place)):
                meets(
                    found[one], sides[other], ordered=not isinstance(operator, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot))
                )

    def _within(self, item: ast.expr, found: "Built | None", holder: ast.expr, holds: "Built | None") -> None:
        if found is not None and isinstance(holder, ast.Attribute) and holder.attr == "__dict__":
            found.is_used_as("str")
        elif found is not None and holds is None:
            known = self.module.members.get(holder.id, ()) if isinstance(holder, ast.Name) else constants_of(holder)
            found.is_compared_with(known)
        elif holds is not None and isinstance(item, ast.Constant) and isinstance(item.value, str):
            holds.whole().asked.add(item.value)
        elif holds is not None:
            holds.is_used_as("holding")

    def _together(self, node: ast.Tuple) -> Built:
        made = Built()
        for part, item in zip(made.unpacked(len(node.elts)), node.elts, strict=True):
            part.unite(self.look(item))
        return made

    def _formatted(self, node: ast.JoinedStr) -> None:
        for part in node.values:
            if isinstance(part, ast.FormattedValue) and (found := self.look(part.value)) is not None:
                found.is_used_as("number" if is_numeric(part) else "shown")

    # -- calls --------------------------------------------------------------------------------------------------
    def _call(self, node: ast.Call) -> "Built | None":
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        self._keywords(node)
        if (path := self._own(node.func)) is not None:
            return self._hand_over(path, node)
        if name == "isinstance" and len(node.args) == 2:
            self._examined(node.args[0], node.args[1])
            return None
        if isinstance(node.func, ast.Attribute) and (holder := self.look(node.func.value)) is not None:
            for argument in node.args[1:]:
                self.look(argument)
            return self._method(holder, name, node)
        called = self.look(node.func)
        given = [self.look(argument) for argument in node.args]
        if name in _READS_TEXT and given and given[-1] is not None:
            given[-1].is_used_as("str")
        if called is not None:
            return called.is_called(self.path)
        if len(given) > 1:
            self._asked_of(name, given, node)
        first = given[0] if given else None
        return None if first is None else of_function(first, name)

    def _asked_of(self, name: str, given: "list[Built | None]", node: ast.Call) -> None:
        holder, other = given[:2]
        if name in _OF_ATTRIBUTES and other is not None:
            self._has_any(holder, other)
        elif name == "issubclass" and holder is not None:
            self._derived(holder, node.args[1])
        elif name in _PUSHING and holder is not None:
            holder.member().unite(other)

    def _derived(self, found: Built, wanted: ast.expr) -> None:
        """It is asked whether it inherits from these: of the module's classes, it may be one of them."""
        names = [one.id for one in ast.walk(wanted) if isinstance(one, ast.Name) and not one.id.startswith("_")]
        found.whole().texts.update(dict.fromkeys(name for name in names if name in self.module.classes))

    def _has_any(self, holder: "Built | None", name: Built) -> None:
        """An attribute of that name is asked for: such an object may be of any class of the module."""
        name.is_used_as(ATTRIBUTE)
        if holder is not None and not holder.whole().classes:
            holder.whole().classes.update(dict.fromkeys([*self.module.classes][:MOST_CLASSES]))

    def _keywords(self, node: ast.Call) -> None:
        """`key=lambda item: …` is given what is gone through; other keywords are merely looked at."""
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Lambda) and node.args:
                self._with_items(keyword.value, node.args[0])
            else:
                self.look(keyword.value)
        if len(node.args) > 1 and isinstance(node.args[0], ast.Lambda):
            self._with_items(node.args[0], node.args[1])

    def _with_items(self, function: ast.Lambda, over: ast.expr) -> None:
        scope = Scope(self.module, self.owner, dict(self.names), self.path)
        for item in function.args.args[:1]:
            scope._loop(ast.Name(item.arg), over)
        scope.look(function.body)

    def _own(self, function: ast.expr) -> "str | None":
        """The path of the module's function or method that is called, where it is one."""
        path = ""
        if isinstance(function, ast.Name):
            path = function.id
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            path = f"{self.owner if function.value.id in ('self', 'cls') else function.value.id}.{function.attr}"
        path = f"{path}.__init__" if f"{path}.__init__" in self.module.functions else path
        return path if path in self.module.functions else None

    def _hand_over(self, path: str, node: ast.Call) -> "Built | None":
        function, owner = self.module.functions[path]
        names = names_of(function)[1 if owner and not is_static(function) else 0 :]
        pairs = [*zip(names, node.args, strict=False), *((one.arg or "", one.value) for one in node.keywords)]
        for name, argument in pairs:
            self.module.parameter(path, name).unite(self.look(argument))
            if isinstance(argument, ast.Name):
                self.module.hands_on((self.path, argument.id), (path, name))
        return self.module.instance(owner) if path.endswith(".__init__") else self.module.result(path)

    def _examined(self, item: ast.expr, wanted: ast.expr) -> None:
        found = self.look(item)
        if found is None:
            return
        for one in wanted.elts if isinstance(wanted, ast.Tuple) else [wanted]:
            name = one.id if isinstance(one, ast.Name) else ""
            if name in self.module.classes:
                found.whole().classes[name] = None
                continue
            found.whole().looked_at = True
            if name in NAMED:
                found.is_used_as(NAMED[name])
            elif name in ("dict", "Mapping"):
                found.value()
            elif isinstance(one, (ast.Name, ast.Attribute)):
                found.whole().checked[ast.unparse(one)] = None

    def _method(self, holder: Built, name: str, node: ast.Call) -> "Built | None":
        first = node.args[0] if node.args else None
        holder.whole().methods.update({name} & _MAPPING)
        if name in ("get", "pop", "setdefault") and first is not None:
            return self._looked_up(holder, first, node.args[1] if len(node.args) > 1 else None)
        given = [self.look(argument) for argument in node.args[:1]]
        if name == "values":
            made = Built()
            made.item = holder.as_mapping().value()
            return made
        if name in _MAPPING:
            holder.as_mapping()
        elif name in TEXT - {"replace", "join", "format"}:
            holder.is_used_as("str")
        elif name not in LIST | SET:
            gives = holder.attribute(name, self.path).is_called(self.path)
            return holder if name == "replace" and first is None else gives
        elif name in _HOLDING:
            holder.member().unite(given[0] if given else None)
        return holder if name == "copy" else None

    def _looked_up(self, holder: Built, key: ast.expr, default: "ast.expr | None") -> "Built | None":
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            self.look(key)
            return None if isinstance(key, ast.Constant) else holder.as_mapping().value()
        found = holder.key(key.value, optional=True)
        if isinstance(default, ast.Dict):
            found.as_mapping()
        elif isinstance(default, (ast.List, ast.Tuple)):
            found.is_used_as("list")
        elif isinstance(default, ast.Constant):
            found.is_used_as(type(default.value).__name__)
        return found


_READERS: "dict[type[ast.stmt], Any]" = {
    ast.Assign: Scope._assigned,
    ast.AnnAssign: Scope._assigned,
    ast.For: Scope._looped,
    ast.AsyncFor: Scope._looped,
    ast.Return: Scope._returned,
    ast.AugAssign: Scope._augmented,
    ast.If: Scope._tested,
    ast.While: Scope._tested,
    ast.Match: Scope._matched,
}
_LOOKERS: "dict[type[ast.expr], Any]" = {
    ast.Attribute: Scope._attribute,
    ast.Subscript: Scope._subscript,
    ast.BoolOp: Scope._choice,
    ast.IfExp: Scope._choice,
    ast.Await: Scope._inner,
    ast.Starred: Scope._inner,
    ast.NamedExpr: Scope._inner,
    ast.UnaryOp: Scope._negated,
    ast.BinOp: Scope._computes,
    ast.Compare: Scope._compared,
    ast.Call: Scope._call,
    ast.JoinedStr: Scope._formatted,
    ast.Tuple: Scope._together,
    ast.ListComp: Scope._comprehension,
    ast.SetComp: Scope._comprehension,
    ast.GeneratorExp: Scope._comprehension,
    ast.DictComp: Scope._comprehension,
}
