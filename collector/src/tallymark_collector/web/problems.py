"""Problems as answers (ERR-01, RFC 9457)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from tallymark_collector.problem import Problem


def problem_response(problem: Problem) -> Response:
    """Return the answer of a problem."""
    return Response(
        orjson.dumps(problem.document()), problem.status, headers=dict(problem.headers())
    )
