"""One thing that is wrong, with the requirement it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_conformance.verdict import Kind, Violation

REQUIREMENT_OF: Final[Mapping[Kind, str]] = {
    "lost": "TM-LED-02",
    "doubled": "TM-LED-12",
    "phantom": "TM-LED-01",
    "reordered": "TM-LED-01",
    "content_changed": "TM-HDR-01",
    "wrong_id": "TM-LED-07",
    "unaccounted": "TM-LED-02",
    "false_ack": "TM-ACK-05",
    "conflict": "TM-LED-11",
    "ledger": "TM-LED-08",
    "equation": "TM-LED-04",
}
"""The rule that a violation of a kind breaks; those of the wire say it themselves."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: *req* is the requirement, *detail* what was seen and what was expected."""

    req: str
    detail: str

    @classmethod
    def of(cls, violation: Violation) -> Finding:
        """Return the finding that a judge's *violation* stands for."""
        where = ""
        if violation.stream is not None:
            where = f" (stream {violation.stream}"
            where += ")" if violation.seq is None else f", number {violation.seq})"
        head, _, rest = violation.detail.partition(" ")
        if head.startswith("TM-"):
            return cls(head, rest + where)
        req = REQUIREMENT_OF.get(violation.kind, "TM-LED-02")
        return cls(req, f"{violation.kind}: {violation.detail}{where}")
