"""Code that is about arrays and tables, under an interpreter that has NumPy and pandas."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.flow.under_another_python import ROOT, generated, python_with

pytestmark = pytest.mark.jail
ARRAYS = """
import numpy as np


def normalize(values: np.ndarray) -> np.ndarray:
    std = values.std()
    if std == 0:
        return np.zeros_like(values, dtype=float)
    return (values - values.mean()) / std


def top(scores, k=2):
    if scores.ndim != 1:
        raise ValueError("scores must be one-dimensional")
    return [int(place) for place in np.argsort(-scores)[:k]]


class Layer:
    def __init__(self, weights: np.ndarray):
        self.weights = weights

    def scale(self, factor: float) -> None:
        self.weights = self.weights * factor
"""
TABLES = """
import pandas as pd


def totals(frame: pd.DataFrame) -> pd.Series:
    if frame.empty:
        return pd.Series(dtype=float)
    return frame.groupby("customer")["amount"].sum()


def clean(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise KeyError(f"missing columns: {', '.join(missing)}")
    return frame[columns].dropna().reset_index(drop=True)
"""


@pytest.fixture(scope="module")
def python() -> Path:
    """A Python that has NumPy and pandas."""
    return python_with("arrays")


def test_arrays_are_made_and_what_is_in_them_is_asserted(python: Path, tmp_path: Path) -> None:
    report, suite = generated(tmp_path, python, ARRAYS)
    assert report["verdict"] == "passed"
    assert (report["coverage"]["line"], report["coverage"]["branch"]) == (1.0, 1.0)
    assert report["mutation_score"] >= 0.8
    assert "import numpy as np\n" in suite
    assert "from numpy" not in suite
    assert "np.array([" in suite
    assert ".tolist() == " in suite


def test_tables_have_the_columns_that_the_code_asks_for(python: Path, tmp_path: Path) -> None:
    report, suite = generated(tmp_path, python, TABLES)
    assert report["verdict"] == "passed"
    assert report["coverage"]["line"] == 1.0
    assert 'pd.DataFrame({"' in suite
    assert '"customer": [' in suite
    assert ".to_dict(" in suite


def test_pandas_is_imported_under_the_real_calendar_and_asked_under_another(python: Path) -> None:
    code = (
        "import datetime, sys\n"
        "from aitestgen_guest.suite import elsewhere\n"
        "elsewhere._move_calendar()\n"
        "moved = datetime.datetime\n"
        "import pandas as pd\n"
        "assert datetime.datetime is moved\n"
        "assert pd is sys.modules['pandas'] and pd.__spec__.name == 'pandas'\n"
        "assert pd.Timestamp('2024-02-29').to_pydatetime() == datetime.datetime(2024, 2, 29)\n"
        "assert datetime.date.today().year > pd.Timestamp.now().year or pd.Timestamp.now().dayofyear < 31\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([python, "-c", code], env=environment, check=True, timeout=60)
