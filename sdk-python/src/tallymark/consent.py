"""Decide what consent allows (CON-1, CON-2, CON-4); pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tallymark.errors import UsageError

if TYPE_CHECKING:
    from tallymark.options import Consent, Privacy

Mode = Literal["record", "hold", "anonymous", "refuse"]

_STATES = ("granted", "denied", "unknown")


@dataclass(frozen=True)
class ConsentState:
    """Hold the three consents in force, and the signals that go with them."""

    analytics: Consent | None
    ads: Consent | None
    personalization: Consent | None
    gpc: bool

    @staticmethod
    def initial(privacy: Privacy) -> ConsentState:
        """Return the state a client starts with."""
        state = ConsentState(
            privacy.analytics,
            privacy.ads,
            privacy.personalization,
            privacy.gpc,
        )
        return _honour_signal(state)

    def change(
        self,
        analytics: Consent | None = None,
        ads: Consent | None = None,
        personalization: Consent | None = None,
    ) -> ConsentState:
        """
        Return the state after what is given; None leaves a purpose as it is.

        :raises UsageError: if a state is unknown
        """
        given = {"analytics": analytics, "ads": ads, "personalization": personalization}
        for purpose, state in given.items():
            if state is not None and state not in _STATES:
                raise UsageError(f"{purpose}: {state!r} must be one of {', '.join(_STATES)}")
        merged = replace(
            self,
            analytics=analytics or self.analytics,
            ads=ads or self.ads,
            personalization=personalization or self.personalization,
        )
        return _honour_signal(merged)

    def mode(self, when_unknown: Literal["hold", "anonymous"]) -> Mode:
        """Return what is done with an event while this state is in force."""
        if self.analytics == "denied":
            return "refuse"
        return when_unknown if self.analytics == "unknown" else "record"

    def wire(self) -> dict[str, str]:
        """Return what the context says of consent; nothing if nobody spoke of it (CON-4)."""
        stated = {
            "analytics": self.analytics,
            "ads": self.ads,
            "personalization": self.personalization,
        }
        return {purpose: state for purpose, state in stated.items() if state is not None}


def _honour_signal(state: ConsentState) -> ConsentState:
    if not state.gpc:
        return state
    # Global Privacy Control outranks what was said about the two purposes (CON-2).
    return replace(state, ads="denied", personalization="denied")
