"""The wire oracles: what must hold in every trace, whatever the run was about.

Each oracle is a pure function from the exchanges of one proxy to violations of the kind "wire";
the detail begins with the requirement's id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tallymark_conformance.oracles.attempts import (
    bodies_are_stable,
    high_water_rises,
    numbers_keep_their_content,
    sent_at_moves,
)
from tallymark_conformance.oracles.requests import (
    compressed_above_limit,
    no_secret_in_url,
    requests_are_valid,
)
from tallymark_conformance.oracles.waits import retry_after_is_respected
from tallymark_conformance.trace import Exchange, in_order
from tallymark_conformance.verdict import Verdict, Violation

Oracle = Callable[[Sequence[Exchange]], Iterator[Violation]]

ORACLES: Final[tuple[Oracle, ...]] = (
    requests_are_valid,
    compressed_above_limit,
    no_secret_in_url,
    bodies_are_stable,
    sent_at_moves,
    numbers_keep_their_content,
    high_water_rises,
)


def judge_wire(exchanges: Sequence[Exchange], births: Sequence[float] = ()) -> Verdict:
    """Return what every oracle says of *exchanges*.

    *births* are the times (monotonic ms) at which producers were started.
    """
    ordered = in_order(exchanges)
    found = [violation for oracle in ORACLES for violation in oracle(ordered)]
    violations = (*found, *retry_after_is_respected(ordered, births))
    requests = sum(exchange.request is not None and exchange.n > 0 for exchange in ordered)
    return Verdict({"requests": requests}, violations)
