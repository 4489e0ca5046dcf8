import datetime as dt

import pytest
from sales_report import Sale, best_month, format_report, parse_sales, revenue_by_product, write_report


def test_sale_revenue_returns_10():
    sale = Sale(dt.date(2024, 1, 1), "a", 2, 5)
    assert sale.revenue == 10


def test_parse_sales_returns_sale_day_dt():
    assert parse_sales("day,quantity,cents,product\n2023-12-31,0,1,80\n") == [
        Sale(day=dt.date(2023, 12, 31), product="80", quantity=0, cents=1)
    ]


def test_parse_sales_raises_value_error_missing_columns_cents_day_quantity():
    with pytest.raises(ValueError, match="^missing columns: cents, day, quantity$"):
        parse_sales("product")


def test_parse_sales_raises_value_error_line_invalid_isoformat_string():
    with pytest.raises(ValueError, match="^line 3: Invalid isoformat string: '0'$"):
        parse_sales("day,quantity,cents,product\n2024-02-29,0,1,cents\n0,2,1,1")


def test_revenue_by_product_returns_two_item_dict():
    assert revenue_by_product(
        [Sale(dt.date(2024, 1, 1), "3.14", 3, 0), Sale(dt.date(2023, 6, 15), "\n EUR cents Total", 0, 2)]
    ) == {"\n EUR cents Total": 0, "3.14": 0}


def test_revenue_by_product_returns_two_item_dict_for_sales_and_since():
    assert revenue_by_product(
        [
            Sale(dt.date(2023, 12, 31), "cents", 3, 1),
            Sale(dt.date(2023, 12, 31), "a", 1, -7),
            Sale(dt.date(2023, 6, 15), "quantity", -1, 0),
        ],
        since=dt.date(2023, 12, 31),
    ) == {"cents": 3, "a": -7}


def test_best_month_returns_2023_12():
    assert best_month([Sale(dt.date(2024, 1, 1), "", 0, 255), Sale(dt.date(2023, 12, 31), "day", 3, 3)]) == "2023-12"


@pytest.mark.parametrize(
    ("sales", "expected"),
    [
        ([], "Total       0.00 EUR"),
        (
            [
                Sale(dt.date(2023, 12, 31), "Total", 3022, -1),
                Sale(dt.date(2024, 2, 29), "EURcents", 3, 0),
                Sale(dt.date(2024, 1, 1), "é", 0, 7),
                Sale(dt.date(2023, 6, 15), "-1", 0, 1548),
            ],
            "-1             0.00 EUR\nEURcents       0.00 EUR\né              0.00 EUR\nTotal        -30.22 EUR\nTotal        -30.22 EUR",
        ),
    ],
)
def test_format_report_returns_expected_value(sales, expected):
    assert format_report(sales) == expected


def test_write_report_returns_1(tmp_path):
    (tmp_path / "data.csv").write_text("day,quantity,cents,product\n2024-01-01,1,0,\n")
    result = write_report(tmp_path / "data.csv", tmp_path / "out.csv")

    assert result == 1
    assert (tmp_path / "out.csv").read_text() == "            0.00 EUR\nTotal       0.00 EUR\n"
