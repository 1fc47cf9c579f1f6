from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Running


def test_body_vectors(collector: Running, vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """A collector takes or refuses every body as its vector says (HDR-05, HDR-06, ENV-12)."""
    for vector in vectors("compress"):
        given = vector["input"]
        headers = {"Content_Type": given["type"], "Content_Encoding": given["encoding"]}
        status, _, body = collector.ask(
            "POST",
            given["path"],
            base64.b64decode(given["body"]),
            **{name: value for name, value in headers.items() if value is not None},
        )
        code = json.loads(body)["code"] if status >= 400 else None
        assert vector["expect"] == code, (vector, body)
