"""Write the context all events of a stream share; pure except for what the platform is."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING, Any

from tallymark.encode import dumps_plain

if TYPE_CHECKING:
    from tallymark.consent import ConsentState
    from tallymark.options import Privacy

NAME = "tallymark-python"


def shared_context(
    version: str,
    privacy: Privacy,
    consent: ConsentState,
    *,
    anonymous: bool,
) -> bytes:
    """Return the context as JSON: what sends, where it runs, what consent is in force (CON-4)."""
    context: dict[str, Any] = {
        "lib": {"name": NAME, "version": version},
        "os": {"name": platform.system() or sys.platform},
        "runtime": {"name": platform.python_implementation(), "version": _python()},
    }
    ip = "none" if anonymous else privacy.ip
    if ip != "truncate":
        context["ip"] = ip
    stated = consent.wire()
    if stated:
        context["consent"] = stated
    if consent.gpc:
        context["gpc"] = True
    return dumps_plain(context)


def _python() -> str:
    return ".".join(str(part) for part in sys.version_info[:3])
