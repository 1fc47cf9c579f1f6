"""The real shop's numbers computed with pandas and nothing of ours."""

from __future__ import annotations

import gzip
from importlib.resources import files
from io import BytesIO

import pandas as pd

STEPS = ("product_view", "add_to_cart", "shipping_details", "payment_details", "purchase")
DAYS = ("2024-01-04", "2024-06-29")
WINDOW = pd.Timedelta(days=7)


def load() -> pd.DataFrame:
    """Return the file as a data frame, by time and then by line."""
    packed = files("tallymark_collector").joinpath("data/ecom.csv.gz").read_bytes()
    frame = pd.read_csv(BytesIO(gzip.decompress(packed)), dtype=str)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"])
    return frame.sort_values("timestamp", kind="stable").reset_index(drop=True)


def first_entry(table: pd.DataFrame) -> tuple[list[int], list[float]]:
    """Join each user's first entry to the earliest later row of the next step, step by step.

    Return how many reach each step, and the mean time from the entry in s.
    """
    rows = table.reset_index(names="place")[["user_id", "event", "timestamp", "place"]]
    reached = rows[rows["event"] == STEPS[0]].groupby("user_id").first()
    entered = reached["timestamp"]
    counts, times = [len(reached)], [0.0]
    for step in STEPS[1:]:
        candidates = rows[rows["event"] == step].join(
            reached[["place"]], on="user_id", how="inner", suffixes=("", "_before")
        )
        later = candidates["place"] > candidates["place_before"]
        inside = candidates["timestamp"] <= candidates["user_id"].map(entered) + WINDOW
        reached = candidates[later & inside].groupby("user_id").first()
        counts.append(len(reached))
        waited = reached["timestamp"] - entered.reindex(reached.index)
        times.append(waited.dt.total_seconds().mean())
    return counts, times


def daily(table: pd.DataFrame, measure: str) -> dict[tuple[str, str], int]:
    """Return the total or the different users (`uniques`) of each event on each day."""
    day = table["timestamp"].dt.strftime("%Y-%m-%d")
    grouped = table.groupby(["event", day])["user_id"]
    return (grouped.size() if measure == "total" else grouped.nunique()).to_dict()


def weekly_retention(
    table: pd.DataFrame, event: str | None, weeks: int
) -> dict[str, tuple[int, list[int]]]:
    """Return, by the Monday of the first event, the users and how many return in each week after.

    Weeks are whole multiples of 7 days since the first event; that event itself is no return.
    None stands for every event.
    """
    rows = table if event is None else table[table["event"] == event]
    rows = rows.reset_index(names="place")
    births = rows.groupby("user_id")[["timestamp", "place"]].first()
    monday = births["timestamp"].dt.to_period("W-SUN").dt.start_time.dt.strftime("%Y-%m-%d")
    sizes = monday.value_counts().to_dict()
    joined = rows.join(births, on="user_id", suffixes=("", "_first"))
    joined = joined[joined["place"] > joined["place_first"]]
    joined["week"] = (joined["timestamp"] - joined["timestamp_first"]) // pd.Timedelta(days=7)
    joined["cohort"] = joined["user_id"].map(monday)
    back = joined.groupby(["cohort", "week"])["user_id"].nunique().to_dict()
    return {
        at: (size, [back.get((at, week), 0) for week in range(weeks)])
        for at, size in sorted(sizes.items())
    }
