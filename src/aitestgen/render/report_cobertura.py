"""Coverage as Cobertura XML (its coverage-04 document type), which CI services show beside a change."""

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from aitestgen.render.exported import Exported, branches
from aitestgen.render.xml_bytes import xml_bytes
from aitestgen.values import Coverage


def cobertura(modules: Sequence[Exported]) -> bytes:
    """One class a module, in packages as Python has them. File names are relative to the source folder `.`."""
    root = ET.Element("coverage", _rates(item.report.coverage for item in modules) | _counts(modules))
    ET.SubElement(ET.SubElement(root, "sources"), "source").text = "."
    packages = ET.SubElement(root, "packages")
    for name, members in _by_package(modules).items():
        rates = _rates(item.report.coverage for item in members)
        package = ET.SubElement(packages, "package", {"name": name, **rates, "complexity": "0"})
        classes = ET.SubElement(package, "classes")
        for item in members:
            _class(classes, item)
    return xml_bytes(root)


def _by_package(modules: Sequence[Exported]) -> dict[str, list[Exported]]:
    found = defaultdict(list)
    for item in modules:
        found[item.report.module.rpartition(".")[0] or "."].append(item)
    return dict(found)


def _class(parent: ET.Element, module: Exported) -> None:
    coverage = module.report.coverage
    name = module.report.module.rpartition(".")[2]
    about = {"name": name, "filename": module.path, **_rates([coverage]), "complexity": "0"}
    entry = ET.SubElement(parent, "class", about)
    ET.SubElement(entry, "methods")
    lines = ET.SubElement(entry, "lines")
    hits = dict.fromkeys(coverage.hit_lines, 1) | dict.fromkeys(coverage.missing_lines, 0)
    jumps = branches(coverage)
    for number, count in sorted(hits.items()):
        ET.SubElement(lines, "line", {"number": str(number), "hits": str(count), **_conditions(jumps.get(number))})


def _conditions(ends: list[tuple[int, bool]] | None) -> dict[str, str]:
    if not ends:
        return {"branch": "false"}
    taken = sum(hit for _, hit in ends)
    return {"branch": "true", "condition-coverage": f"{100 * taken // len(ends)}% ({taken}/{len(ends)})"}


def _rates(coverages: Iterable[Coverage]) -> dict[str, str]:
    """Ratios of all counts together."""
    found = list(coverages)
    lines, branched = sum(one.lines for one in found), sum(one.branches for one in found)
    return {
        "line-rate": _ratio(sum(one.covered_lines for one in found), lines),
        "branch-rate": _ratio(sum(one.covered_branches for one in found), branched),
    }


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.4g}" if whole else "1"


def _counts(modules: Sequence[Exported]) -> dict[str, str]:
    coverages = [item.report.coverage for item in modules]
    return {
        "lines-covered": str(sum(one.covered_lines for one in coverages)),
        "lines-valid": str(sum(one.lines for one in coverages)),
        "branches-covered": str(sum(one.covered_branches for one in coverages)),
        "branches-valid": str(sum(one.branches for one in coverages)),
        "complexity": "0",
        "version": f"aitestgen {version('aitestgen')}",
        "timestamp": str(int(1000 * max((item.at for item in modules), default=0.0))),
    }
