"""What columns cannot tell: such a plan goes to the plain evaluator."""

from __future__ import annotations


class Beyond(Exception):  # noqa: N818 -- names the state
    """Raised by a kernel that finds, in the rows themselves, what it has no arrays for."""
