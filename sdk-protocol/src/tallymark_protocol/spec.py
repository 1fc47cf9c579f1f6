"""What `GET /v1/spec` answers (TM-VER-04)."""

from __future__ import annotations

from dataclasses import asdict

from tallymark_protocol._generated import codes, limits
from tallymark_protocol._generated.document import FEATURES, SPEC_SHA256, SPEC_VERSION


def spec_document() -> dict[str, object]:
    """Return the running spec as a JSON object: version, hash, limits, codes, features."""
    return {
        "version": SPEC_VERSION,
        "sha256": SPEC_SHA256,
        "limits": {name: getattr(limits, name) for name in sorted(vars(limits)) if name.isupper()},
        "codes": {
            "verdicts": [asdict(verdict) for verdict in codes.VERDICTS.values()],
            "warnings": [asdict(warning) for warning in codes.WARNINGS.values()],
            "problems": [asdict(problem) for problem in codes.PROBLEMS.values()],
            "drop_reasons": list(codes.DROP_REASONS),
        },
        "features": list(FEATURES),
    }
