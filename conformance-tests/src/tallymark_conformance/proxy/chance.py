"""Faults by lot: the same seed and request number always give the same fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.proxy.faults import FAULTS, PASS, make_fault

if TYPE_CHECKING:
    from tallymark_conformance.proxy.exchange import Fault

Draw = Callable[[Random], Mapping[str, object]]

DRAWS: Final[Mapping[str, Draw]] = {
    "status": lambda rng: {"code": rng.choice((408, 425, 500, 502, 503, 504, 404, 599))},
    "html200": lambda _: {},
    "redirect": lambda rng: {"code": rng.choice((301, 302, 307))},
    "empty200": lambda _: {},
    "wrong_json": lambda _: {},
    "ack_other_stream": lambda _: {},
    "partial": lambda _: {},
    "retry_after": lambda rng: {
        "kind": rng.choice(("delta", "date", "negative", "garbage")),
        "code": rng.choice((429, 503)),
    },
    "fin_mid_body": lambda _: {},
    "truncate": lambda rng: {"n": rng.randrange(60)},
    "bad_length": lambda rng: {"kind": rng.choice(("larger", "text"))},
    "bad_chunk": lambda _: {},
    "gzip_garbage": lambda _: {},
    "huge_body": lambda rng: {"n": rng.choice((100_000, 2_000_000))},
    "http10": lambda _: {},
    "clock": lambda rng: {"offset_ms": rng.choice((-86_400_000, 3_600_000))},
    "rst_before": lambda _: {},
    "rst_after": lambda _: {},
    "refuse": lambda rng: {"ms": rng.randrange(20, 250)},
    "blackhole": lambda rng: {"ms": rng.randrange(50, 400)},
    "stall": lambda rng: {
        "ms": rng.randrange(10, 250),
        "where": rng.choice(("before", "head", "body")),
    },
    "drip": lambda rng: {"rate": rng.randrange(2_000, 20_000)},
    "slow_upload": lambda rng: {"rate": rng.randrange(50_000, 500_000)},
    "duplicate": lambda _: {},
    "reorder": lambda rng: {"ms": rng.randrange(20, 200)},
    "replay_later": lambda rng: {"ms": rng.randrange(20, 500)},
}
"""Every fault that a healthy SDK overcomes without losing anything, with its drawn arguments."""


@dataclass(frozen=True, slots=True)
class Chance:
    """A share *rate* of the requests meets one of *kinds*, each equally often.

    All requests after the first *until* pass; None sets no end.
    """

    rate: float = 0.3
    kinds: tuple[str, ...] = tuple(DRAWS)
    until: int | None = None

    def over(self, n: int) -> bool:
        """Tell whether request *n*, counted from 1, comes after the end."""
        return self.until is not None and n > self.until

    @classmethod
    def parse(cls, value: object) -> Chance:
        """Return the chance a script's `random` describes: `{rate: 0.3, only: [...]}`."""
        if not isinstance(value, dict) or not set(value) <= {"rate", "only"}:
            raise ScriptError(f"random knows rate and only, not {value!r}")
        kinds = tuple(value.get("only", DRAWS))
        unknown = [kind for kind in kinds if kind not in DRAWS]
        if unknown or not kinds:
            raise ScriptError(f"random draws from {sorted(DRAWS)}, not {unknown}")
        rate = value.get("rate", 0.3)
        if not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            raise ScriptError(f"rate is a share from 0 to 1, not {rate!r}")
        return cls(float(rate), kinds)

    def draw(self, rng: Random) -> tuple[str, Fault]:
        """Return what meets the request to which *rng* belongs."""
        if rng.random() >= self.rate:
            return "pass", PASS
        kind = rng.choice(self.kinds)
        return make_fault({kind: dict(DRAWS[kind](rng))})


def undrawn() -> frozenset[str]:
    """Return the faults that chance never draws: they need a rule."""
    return frozenset(FAULTS) - frozenset(DRAWS)
