"""Line and branch coverage on six public packages, beside four published columns.

    python benchmarks/packages.py --python VENV/bin/python [--budget 60] [--seed 1] [--xfail-bugs] [MODULE ...]

VENV is CPython 3.10 with `pip install` of what PINS names. The modules and the published figures (covered lines and
branches of all lines and branches, in percent) are those of the suite on which CodaMosa (ICSE 2023) and CoverUp (FSE
2025) report: CoverUp with gpt-4o, CodaMosa with Codex and with gpt-4o, and MOSA with ten minutes a module, without a
model. MOSA's column is the mean of its line and its branch coverage, as it reports itself. These count what crashes as
covered; here it is no test unless `--xfail-bugs` asks for one of each suspected bug.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PINS = (
    "flutils==0.7 typesystem==0.2.4 docstring_parser==0.7.3 codetiming==1.3.0 pytutils==0.4.1 PySnooper==1.0.0 "
    "Jinja2 PyYAML wrapt six tldextract cachetools"
)
COLUMNS = ("CoverUp", "CodaMosa codex", "CodaMosa gpt-4o", "MOSA")
PUBLISHED = {
    "flutils.codecs.b64": (100, 91, 100, 89),
    "flutils.codecs.raw_utf8_escape": (77, 99, 100, 96),
    "flutils.decorators": (88, 66, 0, 65),
    "flutils.namedtupleutils": (76, 93, 98, 97),
    "flutils.objutils": (100, 98, 95, 100),
    "flutils.packages": (92, 92, 68, 18),
    "flutils.pathutils": (92, 74, 0, 72),
    "flutils.setuputils.cfg": (91, 45, 18, 14),
    "flutils.txtutils": (77, 88, 85, 83),
    "typesystem.base": (95, 100, 100, 100),
    "typesystem.composites": (100, 98, 81, 80),
    "typesystem.fields": (76, 91, 90, 85),
    "typesystem.formats": (100, 100, 61, 54),
    "typesystem.json_schema": (87, 81, 69, 59),
    "typesystem.schemas": (93, 66, 63, 61),
    "typesystem.tokenize.positional_validation": (24, 33, 33, 31),
    "typesystem.tokenize.tokenize_json": (85, 99, 95, 68),
    "typesystem.tokenize.tokenize_yaml": (91, 97, 0, 88),
    "typesystem.tokenize.tokens": (100, 87, 76, 68),
    "docstring_parser.common": (98, 84, 80, 66),
    "docstring_parser.google": (76, 92, 86, 40),
    "docstring_parser.numpydoc": (73, 99, 97, 72),
    "docstring_parser.parser": (19, 90, 90, 90),
    "docstring_parser.rest": (98, 92, 83, 76),
    "pytutils.env": (100, 97, 90, 91),
    "pytutils.excs": (100, 0, 0, 27),
    "pytutils.files": (42, 69, 47, 39),
    "pytutils.lazy.lazy_import": (39, 66, 52, 53),
    "pytutils.lazy.lazy_regex": (56, 74, 74, 72),
    "pytutils.lazy.simple_import": (42, 85, 69, 71),
    "pytutils.log": (96, 86, 86, 85),
    "pytutils.path": (100, 100, 100, 42),
    "pytutils.props": (91, 58, 0, 68),
    "pytutils.python": (41, 0, 41, 33),
    "pytutils.trees": (26, 74, 74, 75),
    "pytutils.urls": (0, 92, 92, 79),
    "codetiming._timers": (96, 96, 96, 90),
    "pysnooper.pycompat": (50, 50, 50, 32),
    "pysnooper.tracer": (81, 60, 64, 53),
    "pysnooper.utils": (92, 68, 66, 64),
    "pysnooper.variables": (79, 53, 45, 40),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Percent of lines and branches that the suite reaches; what it has of mutants, tests and seconds."""

    reached: float
    mutation: float
    tests: int
    seconds: float
    note: str = ""


def score_of(module: str, options: argparse.Namespace) -> Score:
    """Generate for one module and read its figures, which were measured in the jail. No suite counts as zero."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "aitestgen", "generate", "-m", module, "--python", options.python]
        command += ["--budget", str(options.budget), "--seed", str(options.seed), "--llm", "none"]
        command += ["--output", options.keep or folder, "--force", "--report", str(report)]
        command += ["--xfail-bugs"] if options.xfail_bugs else []
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - began
        facts = json.loads(report.read_text())["modules"][0] if report.exists() else {}
    coverage = facts.get("coverage")
    if not coverage:
        return Score(reached=0.0, mutation=0.0, tests=0, seconds=seconds, note=done.stderr.strip()[-120:])
    reached = coverage["covered_lines"] + coverage["covered_branches"]
    return Score(
        reached=100 * reached / max(1, coverage["lines"] + coverage["branches"]),
        mutation=100 * facts["mutation_score"],
        tests=facts["tests"],
        seconds=seconds,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", default=list(PUBLISHED))
    parser.add_argument("--python", required=True)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--xfail-bugs", action="store_true")
    parser.add_argument("--keep", help="a folder for the generated tests")
    options = parser.parse_args()
    print(f"{'module':45} {'ours':>6} " + " ".join(f"{name:>15}" for name in COLUMNS) + "  mutation tests seconds")
    scores = {}
    for module in options.modules:
        score = scores[module] = score_of(module, options)
        others = " ".join(f"{value:15}" for value in PUBLISHED[module])
        ours = f"{module:45} {score.reached:6.1f} {others} {mark(score.reached, max(PUBLISHED[module]))}"
        print(f"{ours} {score.mutation:8.1f} {score.tests:5} {score.seconds:7.1f} {score.note}", flush=True)
    sum_up(scores)


def mark(ours: float, best: float) -> str:
    """Above the best published figure, level with it (within half a point), or below."""
    return "+" if ours > best + 0.5 else "=" if ours >= best - 0.5 else "-"


def sum_up(scores: dict[str, Score]) -> None:
    columns = {"ours": [one.reached for one in scores.values()]}
    columns |= {name: [PUBLISHED[module][place] for module in scores] for place, name in enumerate(COLUMNS)}
    for name, values in columns.items():
        print(f"{name:16} median {statistics.median(values):5.1f}  mean {statistics.mean(values):5.1f}")
    marks = [mark(one.reached, max(PUBLISHED[module])) for module, one in scores.items()]
    told = {"above": marks.count("+"), "level with": marks.count("="), "below": marks.count("-")}
    print(f"against the best published column of {len(marks)} modules: {told}")


if __name__ == "__main__":
    main()
