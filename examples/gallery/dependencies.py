"""The order in which things that need each other can be built."""

from collections.abc import Mapping


class CycleError(ValueError):
    """Things that need each other in a circle; `cycle` names them, the first again at the end."""

    def __init__(self, cycle: list[str]) -> None:
        super().__init__(" -> ".join(cycle))
        self.cycle = cycle


def parse_requirements(text: str) -> dict[str, list[str]]:
    """What each thing needs, from lines like `app: library, config`. A thing may also need nothing.

    Raises ValueError for a line without a colon, and for a thing that comes twice.

    >>> parse_requirements("app: library")
    {'app': ['library']}
    """
    needs: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, colon, rest = line.partition(":")
        name = name.strip()
        if not colon:
            raise ValueError(f"no colon in {line!r}")
        if name in needs:
            raise ValueError(f"{name} comes twice")
        needs[name] = [word.strip() for word in rest.split(",") if word.strip()]
    return needs


def build_order(needs: Mapping[str, list[str]]) -> list[str]:
    """All things, each after what it needs; where there is a choice, in the order of the mapping.

    Raises CycleError where there is no such order.

    >>> build_order({"app": ["library"], "library": []})
    ['library', 'app']
    """
    order: list[str] = []
    for name in needs:
        _visit(name, needs, order, [])
    return order


def _visit(name: str, needs: Mapping[str, list[str]], order: list[str], path: list[str]) -> None:
    if name in order:
        return
    if name in path:
        raise CycleError([*path[path.index(name) :], name])
    for needed in needs.get(name, ()):
        _visit(needed, needs, order, [*path, name])
    order.append(name)


def needed_by(name: str, needs: Mapping[str, list[str]]) -> set[str]:
    """Everything that needs a thing, directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        for other, direct in needs.items():
            if current in direct and other not in found:
                found.add(other)
                waiting.append(other)
    return found


def levels(needs: Mapping[str, list[str]]) -> list[list[str]]:
    """Groups of things that can be built at the same time, each sorted by name. Raises CycleError as `build_order`."""
    depth: dict[str, int] = {}
    for name in build_order(needs):
        depth[name] = max((depth[needed] + 1 for needed in needs.get(name, ())), default=0)
    groups: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name, level in depth.items():
        groups[level].append(name)
    return [sorted(group) for group in groups]
