"""
Ask a collector for reports: typed results, tables for pandas and notebooks, the people behind.

    from tallymark.query import Query

    with Query("tmr_…", "http://127.0.0.1:7300") as query:
        funnel = query.funnel(["Viewed", "Bought"], window="7d", by="os")
        print(funnel.explain())
        funnel.to_pandas()
        funnel.people(step=2, state="dropped", by={"os": "iOS"})

A read key (`tmr_…`) is enough; a secret key works, too. What goes wrong is a `QueryError`.
"""

from tallymark.query.client import Query
from tallymark.query.frequency import Frequency, Period
from tallymark.query.funnel import Durations, Funnel, FunnelSegment, Step
from tallymark.query.people import People, Person
from tallymark.query.report import Report
from tallymark.query.retention import Averages, Cell, Cohort, Retention
from tallymark.query.trends import Point, Series, Trends

__all__ = [
    "Averages",
    "Cell",
    "Cohort",
    "Durations",
    "Frequency",
    "Funnel",
    "FunnelSegment",
    "People",
    "Period",
    "Person",
    "Point",
    "Query",
    "Report",
    "Retention",
    "Series",
    "Step",
    "Trends",
]
