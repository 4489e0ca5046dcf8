"""Reports about sales that are kept as CSV."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Sale:
    """One line of the file: what was sold when, how many, and the price of one in cents."""

    day: date
    product: str
    quantity: int
    cents: int

    @property
    def revenue(self) -> int:
        """What the sale brought, in cents."""
        return self.quantity * self.cents


def parse_sales(text: str) -> list[Sale]:
    """The sales in a CSV text with the columns day, product, quantity and cents, in any order.

    Raises ValueError for a missing column, and with the number of the line for values that are no dates or numbers.
    """
    reader = csv.DictReader(io.StringIO(text))
    missing = {"day", "product", "quantity", "cents"} - set(reader.fieldnames or ())
    if missing:
        raise ValueError(f"missing columns: {', '.join(sorted(missing))}")
    sales = []
    for row in reader:
        try:
            day = date.fromisoformat(row["day"])
            sales.append(Sale(day, row["product"].strip(), int(row["quantity"]), int(row["cents"])))
        except ValueError as error:
            raise ValueError(f"line {reader.line_num}: {error}") from error
    return sales


def revenue_by_product(sales: Iterable[Sale], since: date | None = None) -> dict[str, int]:
    """The revenue of each product in cents, the best first; products that earn the same by name."""
    totals: dict[str, int] = defaultdict(int)
    for sale in sales:
        if since is None or sale.day >= since:
            totals[sale.product] += sale.revenue
    return dict(sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])))


def best_month(sales: Iterable[Sale]) -> str | None:
    """The month with the most revenue as `YYYY-MM`, the earliest of equals; None without any sales."""
    totals: dict[str, int] = defaultdict(int)
    for sale in sales:
        totals[f"{sale.day:%Y-%m}"] += sale.revenue
    return min(totals, key=lambda month: (-totals[month], month), default=None)


def format_report(sales: list[Sale], currency: str = "EUR") -> str:
    """A table of the products with their revenue, and a line with the sum of all."""
    totals = revenue_by_product(sales)
    width = max([len("Total"), *map(len, totals)])
    lines = [f"{product:<{width}} {cents / 100:>10.2f} {currency}" for product, cents in totals.items()]
    lines.append(f"{'Total':<{width}} {sum(totals.values()) / 100:>10.2f} {currency}")
    return "\n".join(lines)


def write_report(source: Path, target: Path) -> int:
    """Write the report on the sales in one file to another, and return the number of sales."""
    sales = parse_sales(source.read_text(encoding="utf-8"))
    target.write_text(format_report(sales) + "\n", encoding="utf-8")
    return len(sales)
