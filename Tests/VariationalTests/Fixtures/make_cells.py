"""Writes cells.json: what pandas and numpy read from columns of cells.

    python3 make_cells.py > cells.json

pandas 3.1.1, numpy 2.4.6, Python 3.11.
"""

import io
import json

import numpy as np
import pandas as pd

generator = np.random.default_rng(7)


def far(numbers):
    """Mean and deviation after far outliers are cut off, by the rule of docs/TABLES.md."""
    numbers = np.asarray(numbers, dtype=np.float64)

    def middle(values):
        values = np.sort(values)
        out = 1 if len(values) < 20 else max(2, len(values) // 100)
        return values[out], values[-1 - out]

    low, high = middle(numbers)
    if low == high:
        others = middle(numbers[numbers != low])
        low, high = min(low, others[0]), max(high, others[1])
    width = high - low
    near = numbers[(numbers >= low - 10 * width) & (numbers <= high + 10 * width)]
    cut = np.clip(
        numbers,
        -np.inf if near.min() == numbers.min() else min(near.min(), low - 4 * width),
        np.inf if near.max() == numbers.max() else max(near.max(), high + 4 * width),
    )
    return {
        "mean": cut.mean(), "deviation": cut.std(), "least": cut.min(), "largest": cut.max(),
        "plain_mean": numbers.mean(), "plain_deviation": numbers.std(),
    }


normal = np.round(generator.normal(50, 5, 400), 2)
columns = {
    "normal": normal,
    "exponential": np.round(generator.exponential(3, 2000), 3),
    "skewed": np.round(np.exp(generator.normal(0, 1, 3000)), 3),
    "one outlier": np.append(normal, 1e12),
    "one outlier below": np.append(normal, -3e9),
    "outliers on both sides": np.concatenate([normal, [1e12, -1e12, 4e11]]),
    "mostly zero": np.concatenate([np.zeros(990), np.arange(1, 11) * 1.5]),
    "mostly zero and an outlier": np.concatenate([np.zeros(980), np.arange(1, 21) * 1.5, [1e12]]),
    "few": np.array([1.5, 2.25, 3, 4, 1e12]),
    "many and an outlier": np.append(np.round(generator.normal(0, 1, 5000), 3), 1e12),
}
statistics = [
    {"name": name, "numbers": values.tolist(), **far(values)} for name, values in columns.items()
]

# Every notation of a cell, in a file with ignored columns, missing cells and what CSV quotes.
file = (
    "id;big;exact;plus;note;colour;flag;size\n"
    "A-007;511025150;0.12345678901234567;+5;\"x; \"\"y\"\"\";red;;1.50\n"
    "A-008;1966976506;;1E3;;\"green, dark\";yes;2.25\n"
    "A-009;;3.00;-0.5;NA;red;;3.75\n"
    "A-010;90071992547409931;1e-7;;two  words ;;;\n"
    "A-011;1182801014;0.50;007.5;?;red;yes;10.00\n"
    "A-012;12;0.25;2.5;\" led\";\"green, dark\";;11.25\n"
)
table = pd.read_csv(io.StringIO(file), sep=";", dtype=str, keep_default_na=False)
completion = {
    "file": file,
    "columns": list(table.columns),
    "cells": table.values.tolist(),
}

# Digits: the most after the point, and the most significant ones of a cell.
notation = []
for cells in [
    ["1.40", "372.00", "17.25"], ["1", "2.5", "3.125"], ["12", "7", "1000"], ["1E3", "2.5e-7", "4"],
    ["0.30000000000000004", "1.5", "2.5"], ["100.5", "2.25", "3.75"], ["-0.000000000123", "0.5", "1"],
]:
    numbers = pd.to_numeric(pd.Series(cells))
    notation.append({
        "cells": cells,
        "least": float(numbers.min()),
        "largest": float(numbers.max()),
        "decimals": max(len(c.split(".")[1]) if "." in c and "e" not in c.lower() else 0 for c in cells),
        "digits": max(len(np.format_float_scientific(x, unique=True).split("e")[0]
                          .replace(".", "").replace("-", "").rstrip("0")) for x in numbers),
    })

print(json.dumps({"statistics": statistics, "completion": completion, "notation": notation}))
