"""The policy's data, read once from rules.toml and modules.toml."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the policy: what is refused, why, and what to do instead."""

    id: str
    what: str
    why: str
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a restricted callable may be used (`shape`, see forms.py). `value`: it may also be passed around."""

    shape: str
    rule: Rule
    value: bool = False
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All of the policy, by the name that triggers it. `public` maps a module to the names that code may use of it."""

    by_id: Mapping[str, Rule]
    modules: Mapping[str, Rule]
    builtins: Mapping[str, Rule]
    attributes: Mapping[str, Rule]
    foreign: Mapping[str, Rule]
    parameters: Mapping[str, Rule]
    forms: Mapping[str, Form]
    public: Mapping[str, frozenset[str]]
    packages: frozenset[str]
    dunders: Mapping[str, frozenset[str]]

    def refused_module(self, dotted: str) -> Rule | None:
        """Return the rule that names this module or a package around it, or None."""
        return next((self.modules[name] for name in prefixes(dotted) if name in self.modules), None)

    def is_module(self, dotted: str) -> bool:
        """Whether the name is an allowed module, or a package that holds one."""
        return dotted in self.public or dotted in self.packages


def prefixes(dotted: str) -> Iterator[str]:
    """Yield `a.b.c`, `a.b`, `a`."""
    while dotted:
        yield dotted
        dotted = dotted.rpartition(".")[0]


@cache
def load() -> Rules:
    """Return the policy that ships with the product."""
    tables = _read("rules.toml")
    rules = {row["id"]: Rule(id=row["id"], what=row["what"], why=row["why"], instead=row["instead"])
             for row in tables["rule"]}  # fmt: skip
    public = {name: frozenset(words.split()) for name, words in _read("modules.toml")["public"].items()}

    def by_name(key: str) -> dict[str, Rule]:
        return {name: rules[row["id"]] for row in tables["rule"] for name in row.get(key, "").split()}

    return Rules(
        by_id=rules,
        modules=by_name("modules"),
        builtins=by_name("builtins"),
        attributes=by_name("attributes"),
        foreign=by_name("foreign"),
        parameters=by_name("parameters"),
        forms=dict(_forms(tables["form"], rules)),
        public=public,
        packages=frozenset(name for module in public for name in prefixes(module.rpartition(".")[0])),
        dunders={key: frozenset(words.split()) for key, words in tables["dunders"].items()},
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def _forms(rows: list[dict[str, Any]], rules: Mapping[str, Rule]) -> Iterator[tuple[str, Form]]:
    for row in rows:
        keywords = frozenset(row.get("keywords", "").split())
        form = Form(shape=row["shape"], rule=rules[row["rule"]], value=row.get("value", False), keywords=keywords)
        for name in row["names"].split():
            yield name, form
