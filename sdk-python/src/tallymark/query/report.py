"""Hold what every report has in common: what it means, what it covers, how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tallymark.query.people import People
from tallymark.query.table import data_frame, html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    Ask = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
    """Post a body to a path of the collector; return its answer."""

_FRAME = (
    *("report", "sentence", "semantics", "from", "to", "timezone", "definition"),
    *("notes", "rows_read", "as_of"),
)


@dataclass(frozen=True)
class Report:
    """
    Hold a report's answer.

    *sentence* says in plain English what is counted, *semantics* how. *start* and *end* are the
    local days of *timezone* it covers, both included. *definition* is a hash of the question, as
    the collector understood it. *question* is what was asked, *body* the whole answer.
    """

    name: str
    question: Mapping[str, Any]
    body: Mapping[str, Any] = field(repr=False)
    _ask: Ask = field(repr=False, compare=False)

    @property
    def sentence(self) -> str:
        """What is counted, in plain English."""
        return str(self.body["sentence"])

    @property
    def semantics(self) -> Mapping[str, str]:
        """How it is counted."""
        return MappingProxyType(self.body["semantics"])

    @property
    def start(self) -> date:
        """The first day."""
        return date.fromisoformat(self.body["from"])

    @property
    def end(self) -> date:
        """The last day."""
        return date.fromisoformat(self.body["to"])

    @property
    def timezone(self) -> str:
        """The zone whose days are meant."""
        return str(self.body["timezone"])

    @property
    def definition(self) -> str:
        """The hash of the question as it was understood."""
        return str(self.body["definition"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What the collector remarks, such as names that are not stored."""
        return tuple(self.body.get("notes", ()))

    def explain(self) -> str:
        """Say what is counted, how, from what, and as of when."""
        lines = [self.sentence, ""]
        lines += [f"{name}: {text}" for name, text in self.semantics.items()]
        lines += [f"note: {note}" for note in self.notes]
        as_of = self.body["as_of"]
        read = f"{self.body['rows_read']} events read, up to position {as_of['pos']} of the log"
        return "\n".join([*lines, "", f"{read} ({as_of['at']}); definition {self.definition}"])

    def rows(self) -> list[dict[str, Any]]:
        """Return the numbers as rows; what is no number of the report itself is left out."""
        found = {key: value for key, value in self.body.items() if key not in _FRAME}
        return [found]

    def to_pandas(self) -> pd.DataFrame:
        """
        Return `rows` as a DataFrame.

        :raises QueryError: if pandas is not installed
        """
        return data_frame(self.rows())

    def _people(self, cell: Mapping[str, Any]) -> People:
        stated = {key: value for key, value in cell.items() if value is not None}
        asked = {"question": dict(self.question), "cell": stated}
        return People.read(self._ask(f"/v1/people/{self.name}", asked))

    def _repr_html_(self) -> str:
        return html(self.sentence, self.rows())


def by_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values of a breakdown a row is for; none without one."""
    return MappingProxyType(row.get("by", {}))
