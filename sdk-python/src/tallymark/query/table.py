"""Show rows: as HTML for notebooks, as a DataFrame where pandas is installed."""

from __future__ import annotations

from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tallymark.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    Row = Mapping[str, Any]


def columns_of(rows: Sequence[Row]) -> list[str]:
    """Return the columns of rows, in the order they first appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def html(caption: str, rows: Sequence[Row]) -> str:
    """Return rows as an HTML table with a caption; every value is escaped."""
    columns = columns_of(rows)
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_shown(row.get(name))}</td>" for name in columns) + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _shown(value: object) -> str:
    if value is None:
        return "\N{EN DASH}"
    return escape(f"{value:,.4g}" if isinstance(value, float) else str(value))


def data_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """
    Return rows as a pandas DataFrame.

    :raises QueryError: if pandas is not installed
    """
    try:
        pandas: Any = import_module("pandas")
    except ImportError as error:
        raise QueryError("to_pandas needs pandas: pip install pandas") from error
    frame: pd.DataFrame = pandas.DataFrame(list(rows), columns=columns_of(rows))
    return frame
