"""What a key may do, as the command line says it: checked, and shown in few words."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from tallymark_protocol import codes

from tallymark_collector.cli.failure import WRONG_USE, Failure
from tallymark_collector.store.keys import default_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_collector.store.meta import KeyKind, KeyPolicy

_ORIGIN = re.compile(
    r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?", re.IGNORECASE
)


def policy_of(
    kind: KeyKind,
    origins: Sequence[str],
    kinds: Sequence[str],
    ops: Sequence[str],
    rate: int | None,
) -> KeyPolicy:
    """Return the policy of a new key (AUTH-02): what is not given stays as it is by default."""
    policy = default_policy(kind)
    if kind == "read" and (origins or kinds or ops or rate is not None):
        raise _wrong("a read key sends nothing: --origin, --send, --op and --rate are for others")
    if kind == "secret" and origins:
        raise _wrong("a secret key never works in a browser: --origin is for write keys")
    return dataclasses.replace(
        policy,
        origins=tuple(_origin(one) for one in origins),
        kinds=_listed("--send", kinds, tuple(codes.KINDS)) or policy.kinds,
        ops=_listed("--op", ops, tuple(codes.OPS)) or policy.ops,
        rate=rate or 0,
    )


def policy_facts(policy: KeyPolicy) -> dict[str, object]:
    """Return a policy as JSON."""
    return {
        "origins": list(policy.origins),
        "kinds": list(policy.kinds),
        "ops": list(policy.ops),
        "rate": policy.rate,
    }


def policy_words(kind: KeyKind, policy: KeyPolicy) -> list[str]:
    """Say in a few words each way in which a policy differs from that of a new key."""
    usual = default_policy(kind)
    said = list(policy.origins)
    if policy.kinds != usual.kinds:
        said.append("sends " + ", ".join(policy.kinds))
    if policy.ops != usual.ops:
        said.append("does " + ", ".join(policy.ops))
    if policy.rate:
        said.append(f"{policy.rate} events/s")
    return said


def _listed(option: str, given: Sequence[str], known: tuple[str, ...]) -> tuple[str, ...]:
    for name in given:
        if name not in known:
            raise _wrong(f"{option} {name!r}: must be one of {', '.join(known)}")
    return tuple(name for name in known if name in given)


def _origin(text: str) -> str:
    if _ORIGIN.fullmatch(text) is None:
        raise _wrong(f"--origin {text!r}: must be like https://shop.example, without a path")
    return text.lower()


def _wrong(what: str) -> Failure:
    return Failure(what, "`tallymark key create --help`.", code="bad_option", exit_code=WRONG_USE)
