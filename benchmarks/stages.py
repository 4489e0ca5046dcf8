"""Where the time goes: seconds per stage for each of the examples, and each stage's share.

python benchmarks/stages.py [FILE ...]
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


def stages_of(file: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["generate", str(file), "--output", "-", "--report", str(report), "--llm", "none", "--seed", "1"]
        subprocess.run([sys.executable, "-m", "aitestgen", *command], capture_output=True, check=True)
        return {stage["name"]: stage["seconds"] for stage in json.loads(report.read_text())["modules"][0]["stages"]}


def main() -> None:
    files = [Path(name) for name in sys.argv[1:]] or sorted(EXAMPLES.glob("*.py"))
    for file in files:
        stages = stages_of(file)
        total = sum(stages.values())
        parts = "  ".join(f"{name} {seconds:.2f} ({seconds / total:.0%})" for name, seconds in stages.items())
        print(f"{file.stem:14} {total:5.2f} s  {parts}")


if __name__ == "__main__":
    main()
