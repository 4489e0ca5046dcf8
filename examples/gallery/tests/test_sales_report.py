import datetime as dt

import pytest
from sales_report import Sale, best_month, format_report, parse_sales, revenue_by_product, write_report


def test_sale_revenue_returns_zero():
    sale = Sale(dt.date(2024, 1, 1), "a", 0, 0)
    assert sale.revenue == 0


def test_parse_sales_returns_sale_day_dt():
    assert parse_sales("day,quantity,cents,product\n2023-12-31,1,0,0") == [
        Sale(day=dt.date(2023, 12, 31), product="0", quantity=1, cents=0)
    ]


def test_parse_sales_raises_value_error_missing_columns_cents_day_product():
    with pytest.raises(ValueError, match="^missing columns: cents, day, product, quantity$"):
        parse_sales("")


def test_parse_sales_raises_value_error_line_invalid_isoformat_string():
    with pytest.raises(ValueError, match="^line 3: Invalid isoformat string: '0'$"):
        parse_sales("day,quantity,cents,product\n2023-12-31,10,10,168\n0,10,1,137\nEUR,10,2,3")


def test_revenue_by_product_returns_two_item_dict():
    assert revenue_by_product(parse_sales("day,quantity,cents,product\n2024-02-29,2,1,\n2024-02-29,10,0,0")) == {
        "": 2,
        "0": 0,
    }


def test_revenue_by_product_returns_one_item_dict():
    assert revenue_by_product(
        [Sale(dt.date(2024, 2, 29), "utf-8", 1, 0), Sale(dt.date(2023, 12, 31), "a\nb", -1, 1)],
        since=dt.date(2024, 2, 29),
    ) == {"utf-8": 0}


def test_best_month_returns_2024_02():
    assert best_month([Sale(dt.date(2023, 6, 15), "x=1", 0, -7), Sale(dt.date(2024, 2, 29), "EUR", 1, 1)]) == "2024-02"


def test_format_report_returns_a_42_84():
    assert format_report([Sale(dt.date(2024, 2, 29), "a", 1428, 3)]) == "a          42.84 EUR\nTotal      42.84 EUR"


def test_write_report_returns_1(tmp_path):
    (tmp_path / "data.csv").write_text("day,quantity,cents,product\n2024-01-01,118,10,1\n")
    result = write_report(tmp_path / "data.csv", tmp_path / "out.csv")

    assert result == 1
    assert (tmp_path / "out.csv").read_text() == "1          11.80 EUR\nTotal      11.80 EUR\n"
