"""SIGKILL of the SDK's process: every call that returned is delivered, once, by who comes after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tallymark_conformance.runs.net import Shape, carry_out

if TYPE_CHECKING:
    from tallymark_conformance.runs.options import Options, Report

NAME: Final = "sdk-kill"
EVENTS: Final = 50_000
KILLS: Final = 60


def run(options: Options) -> Report:
    """Kill producers that share one spool directory; the wire and the collector are sound."""
    return carry_out(
        options,
        Shape(
            name=NAME,
            events=EVENTS if options.events is None else options.events,
            kills=KILLS if options.kills is None else options.kills,
            collector_kills=0,
            spool=True,
            seconds=40 if options.seconds is None else options.seconds,
            rate=0,
        ),
    )
