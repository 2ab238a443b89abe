"""Writes written.json: numbers, dates and headers as people write them, read by pandas.

Numbers with decimal commas and groups go through read_csv(decimal=, thousands=); signs around them are taken off by
a regular expression first. Dates go through to_datetime with the format spelled out.

    python3 make_written.py    # wrote the file with pandas 3.1.1
"""

import io
import json
import os
import re

import pandas as pd


def numbers(cells, decimal=".", thousands=None):
    def bare(cell):
        cell = cell.replace("\u2212", "-").strip()
        if re.fullmatch(r"\(.*\)", cell):
            cell = "-" + cell[1:-1]
        for space in "\u00a0\u202f\u2009 ":
            cell = cell.replace(space, "")
        cell = re.sub(r"[$€£¥%'’]|CHF|USD|kr", "", cell)
        return cell

    text = "x|y\n" + "".join(f"{bare(cell)}|0\n" for cell in cells)
    frame = pd.read_csv(io.StringIO(text), sep="|", decimal=decimal, thousands=thousands)
    return [float(value) for value in frame["x"]]


NUMBERS = [
    # cells, the format they are in, decimal, thousands
    (["1,5", "-2,25", "0,125", "100"], "1234,5", ",", None),
    (["1.234,5", "-12.345.678,25", "0,5", "17"], "1.234,5", ",", "."),
    (["1,234.5", "-12,345,678.25", "0.5", "1,234"], "1,234.5", ".", ","),
    (["1 234,5", "-12 345 678,25", "0,5"], "1 234,5", ",", None),
    (["1\u00a0234,5", "12\u00a0345\u00a0678", "0,5"], "1\u00a0234,5", ",", None),
    (["1\u202f234.5", "12\u202f345\u202f678", "0.5"], "1\u202f234.5", ".", None),
    (["1'234.5", "12'345'678.05", "0.5"], "1'234.5", ".", None),
    (["1’234.5", "12’345’678.05"], "1’234.5", ".", None),
    (["$1,234.50", "-$0.99", "$17"], "$1,234.5", ".", ","),
    (["€ 1.234,50", "€ 0,99"], "€ 1.234,5", ",", "."),
    (["1.234,50 €", "-0,99 €", "17 €"], "1.234,5 €", ",", "."),
    (["£5", "£12.25"], "£1234.5", ".", None),
    (["¥1,200", "¥12,345.5"], "¥1,234.5", ".", ","),
    (["12.5%", "-3%", "100%"], "1234.5%", ".", None),
    (["12,5 %", "3 %"], "1234,5 %", ",", None),
    (["\u221285.5", "12.25"], "\u22121234.5", ".", None),
    (["(85.0)", "12.5", "(1.25)"], "(1234.5)", ".", None),
    (["($1,085.25)", "$12.50"], "($1,234.5)", ".", ","),
    (["CHF 1'234.50", "CHF 12.05"], "CHF 1'234.5", ".", None),
    (["+1,5", " 2,5 ", "-,5", "1,5e3", "2,5E-02"], "1234,5", ",", None),
]

DATES = [
    # cells, our pattern, pandas' format
    (["2024-01-31", "1969-12-31", "2000-02-29", "0001-01-01"], "yyyy-MM-dd", "%Y-%m-%d"),
    (["31/01/2024", "01/12/1999"], "dd/MM/yyyy", "%d/%m/%Y"),
    (["01/31/2024", "12/01/1999"], "MM/dd/yyyy", "%m/%d/%Y"),
    (["31.01.2024", "01.12.1999"], "dd.MM.yyyy", "%d.%m.%Y"),
    (["2024/01/31", "1999/12/01"], "yyyy/MM/dd", "%Y/%m/%d"),
    (["31-01-24", "01-12-69", "01-12-68"], "dd-MM-yy", "%d-%m-%y"),
    (["1/31/2024", "12/1/1999"], "M/d/yyyy", "%m/%d/%Y"),
    (["2024-01", "1999-12"], "yyyy-MM", "%Y-%m"),
    (["20240131", "19991201"], "yyyyMMdd", "%Y%m%d"),
    (["2024-01-31 10:15", "1999-12-01 00:00"], "yyyy-MM-dd HH:mm", "%Y-%m-%d %H:%M"),
    (["2024-01-31T10:15:30", "1969-12-31T23:59:59"], "yyyy-MM-ddTHH:mm:ss", "%Y-%m-%dT%H:%M:%S"),
    (["2024-01-31T10:15:30.125", "1969-12-31T23:59:59.875"], "yyyy-MM-ddTHH:mm:ss.SSS",
     "%Y-%m-%dT%H:%M:%S.%f"),
    (["2024-01-31T10:15:30Z", "1999-12-01T00:00:00Z"], "yyyy-MM-ddTHH:mm:ssZ", "%Y-%m-%dT%H:%M:%S%z"),
    (["2024-01-31T10:15:30+01:30", "1999-12-01T00:00:00+01:30"], "yyyy-MM-ddTHH:mm:ss+01:30",
     "%Y-%m-%dT%H:%M:%S%z"),
    (["2024-01-31T10:15:30-0500", "1999-12-01T00:00:00-0500"], "yyyy-MM-ddTHH:mm:ss-0500",
     "%Y-%m-%dT%H:%M:%S%z"),
    (["31.01.2024 10:15", "01.12.1999 23:59"], "dd.MM.yyyy HH:mm", "%d.%m.%Y %H:%M"),
    (["1/31/2024 1:05 PM", "12/1/1999 12:30 AM", "12/1/1999 12:30 PM"], "M/d/yyyy h:mm a",
     "%m/%d/%Y %I:%M %p"),
]

# What pandas makes of sentinels: na_values adds to its own list, and -999 is -999.0.
MISSING = ["-999", "-999.0", "-9.99e2", "5", "NA", "", "n/a", "NaN", "null", "998.5"]


def days(cells, layout):
    stamps = pd.to_datetime(pd.Series(cells), format=layout, utc=True).astype("datetime64[us, UTC]")
    start = pd.Timestamp("1970-01-01", tz="UTC").as_unit("us")
    return [(stamp.as_unit("us") - start) / pd.Timedelta(1, "D").as_unit("us") for stamp in stamps]


def main():
    missing = pd.read_csv(io.StringIO("x,y\n" + "".join(f"{cell},0\n" for cell in MISSING)), na_values=[-999])
    written = {
        "numbers": [
            {"cells": cells, "format": layout, "values": numbers(cells, decimal, thousands)}
            for cells, layout, decimal, thousands in NUMBERS
        ],
        "dates": [
            {"cells": cells, "pattern": pattern, "days": days(cells, layout)}
            for cells, pattern, layout in DATES
        ],
        "missing": {"cells": MISSING, "is_missing": [bool(x) for x in missing["x"].isna()]},
    }
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "written.json"), "w", encoding="utf-8") as file:
        json.dump(written, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
