"""Reports from and to CSV files."""

import csv
from collections import defaultdict
from pathlib import Path


def totals_by_region(path: str) -> dict[str, float]:
    """The sum of `amount` for each `region`; rows without an amount are left out."""
    totals: dict[str, float] = defaultdict(float)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            amount = row.get("amount")
            if not amount:
                continue
            try:
                totals[row["region"]] += float(amount)
            except ValueError:
                totals["invalid"] += 1
    return dict(totals)


def write_summary(rows: list[tuple[str, int]], destination: Path) -> int:
    """Write the rows with a positive count, and a total; the number of rows written."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with destination.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "count"])
        for name, count in rows:
            if count > 0:
                writer.writerow([name, count])
                written += 1
        if written:
            writer.writerow(["total", sum(count for _, count in rows if count > 0)])
    return written
