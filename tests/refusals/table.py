"""Reads the tables beside it: one refusal a row, `-` where a column does not apply."""

import csv
from pathlib import Path

NOTHING = "-"

Row = dict[str, str]


def rows_of(name: str, columns: str) -> list[Row]:
    """Return the rows of a table, which has exactly these columns and nothing left out."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert reader.fieldnames == columns.split()
        rows = list(reader)
    for number, row in enumerate(rows, start=2):
        assert all(isinstance(value, str) and value for value in row.values()), f"{name}, line {number}"
    return rows


def words_of(cell: str) -> list[str]:
    """Return the parts of a cell that names several things, none for one that names nothing."""
    return [] if cell == NOTHING else cell.split(",")
