"""The level an SDK has reached: every MUST scenario of it and of the levels below passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_conformance.suite.outcome import Outcome

LADDER: Final = ("bronze", "silver", "gold")
DEVICE: Final = "device"
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Standing:
    """The *level* that was reached, how many MUST scenarios count for it, and what caps it.

    *passed* of *counted* are those of the next level that was tried, so that the distance shows.
    """

    level: str
    passed: int
    counted: int
    caps: tuple[str, ...]

    def reaches(self, claimed: str) -> bool:
        """Tell whether the level is at least the *claimed* one."""
        if DEVICE in {claimed, self.level}:
            return claimed == self.level
        ladder = (NONE, *LADDER)
        return ladder.index(self.level) >= ladder.index(claimed)

    def as_text(self) -> str:
        """Return the line that a run ends with."""
        text = f"level: {self.level} ({self.passed}/{self.counted})"
        return text if not self.caps else f"{text}; what keeps it there: {', '.join(self.caps)}"

    def as_json(self) -> dict[str, Any]:
        """Return the standing as a JSON object."""
        return {
            "level": self.level,
            "passed": self.passed,
            "counted": self.counted,
            "caps": list(self.caps),
        }


def level_of(outcomes: Sequence[Outcome], platform: str) -> Standing:
    """Return the level that *outcomes* give an SDK on *platform*.

    What the platform cannot do does not count; what the SDK does not declare counts as missing.
    """
    if platform == DEVICE:
        return _device(outcomes)
    reached, standing = NONE, Standing(NONE, 0, 0, ())
    for place, tier in enumerate(LADDER):
        tiers = LADDER[: place + 1]
        counted = [outcome for outcome in outcomes if _counts(outcome, tiers)]
        caps = tuple(o.scenario.id for o in counted if o.status != "pass")
        passed = len(counted) - len(caps)
        if caps or not counted:
            return Standing(reached, passed, len(counted), caps)
        reached = tier
        standing = Standing(reached, passed, len(counted), ())
    return standing


def _device(outcomes: Sequence[Outcome]) -> Standing:
    counted = [outcome for outcome in outcomes if _counts(outcome, (DEVICE,))]
    caps = tuple(o.scenario.id for o in counted if o.status != "pass")
    level = DEVICE if counted and not caps else NONE
    return Standing(level, len(counted) - len(caps), len(counted), caps)


def _counts(outcome: Outcome, tiers: Sequence[str]) -> bool:
    scenario = outcome.scenario
    if scenario.level != "MUST" or scenario.tier not in tiers:
        return False
    return outcome.status != "absent" or outcome.caps


def tally(outcomes: Sequence[Outcome]) -> Mapping[str, tuple[int, int]]:
    """Return for each tier how many MUST scenarios have passed, and how many count."""
    found: dict[str, tuple[int, int]] = {}
    for tier in (*LADDER, DEVICE):
        counted = [outcome for outcome in outcomes if _counts(outcome, (tier,))]
        found[tier] = sum(outcome.status == "pass" for outcome in counted), len(counted)
    return found
