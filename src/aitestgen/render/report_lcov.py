"""Coverage as an LCOV tracefile, which editors and coverage services read (format: man page geninfo(1))."""

import ast
import warnings
from collections.abc import Iterator, Sequence

from aitestgen.render.exported import Exported, branches
from aitestgen.render.visible import one_line


def lcov(modules: Sequence[Exported]) -> bytes:
    """One record a module. Counts are 1 for what ran and 0 for what did not."""
    return "".join(f"{line}\n" for module in modules for line in _record(module)).encode()


def _record(module: Exported) -> Iterator[str]:
    coverage = module.report.coverage
    hits = dict.fromkeys(coverage.hit_lines, 1) | dict.fromkeys(coverage.missing_lines, 0)
    yield f"TN:{_test_name(module.report.module)}"
    yield f"SF:{one_line(module.path)}"
    yield from _functions(module, hits)
    yield from _branches(module, hits)
    yield from (f"DA:{line},{count}" for line, count in sorted(hits.items()))
    yield f"LF:{len(hits)}"
    yield f"LH:{len(coverage.hit_lines)}"
    yield "end_of_record"


def _test_name(module: str) -> str:
    """Test names hold word characters only."""
    return "".join(char if char.isascii() and char.isalnum() else "_" for char in module)


def _functions(module: Exported, hits: dict[int, int]) -> Iterator[str]:
    """Each function with a line that is counted; it ran where a line of its body did."""
    ran: dict[str, int] = {}
    for name, function in _defined(_parsed(module.source), ""):
        counts = [hits[line] for line in _body_lines(function) if line in hits]
        if counts and name not in ran:
            ran[name] = max(counts)
            yield f"FN:{function.lineno},{function.end_lineno},{name}"
    yield from (f"FNDA:{count},{name}" for name, count in ran.items())
    yield f"FNF:{len(ran)}"
    yield f"FNH:{sum(ran.values())}"


def _parsed(text: str) -> ast.Module:
    """Without Python's warnings of what it finds odd: whoever asked for a report has seen them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> range:
    end = function.end_lineno or function.lineno
    return range(function.body[0].lineno, end + 1)


def _defined(node: ast.AST, inside: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function with its qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{inside}{child.name}", child
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _defined(child, f"{inside}{child.name}.")
        else:
            yield from _defined(child, inside)


def _branches(module: Exported, hits: dict[int, int]) -> Iterator[str]:
    """A `-` says that the branch's own line never ran."""
    taken = 0
    found = branches(module.report.coverage)
    for line, ends in found.items():
        for number, (_, hit) in enumerate(ends):
            yield f"BRDA:{line},0,{number},{int(hit) if hits.get(line) else '-'}"
            taken += hit
    yield f"BRF:{sum(map(len, found.values()))}"
    yield f"BRH:{taken}"
