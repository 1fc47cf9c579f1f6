"""Scenarios of a server: the same header, with what a target may lack as needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tallymark_conformance.scenario.python import scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def server_scenario(
    id: str,  # noqa: A002 (the header's word)
    req: Sequence[str],
    *,
    needs: Sequence[str] = (),
    **header: Any,
) -> Callable[[Any], Any]:
    """Make the function below a scenario of a server.

    *needs* are `secret_key`, `read_key` and `own_collector`, beside HTTP itself.
    """
    return scenario(id, req, needs=("http", *needs), role="server", **header)
