"""Fisher's exact test of a table of two rows and two columns."""

from __future__ import annotations

from math import exp, fsum, lgamma

# Tables as likely as the one seen must count although their logarithms differ in the last bits.
_TIE = 1e-7


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Return the two-sided p-value of the table ((a, b), (c, d)) of counts ≥ 0.

    The sum of the hypergeometric probabilities of all tables with the same margins that are at
    most as likely as the one seen (R. A. Fisher, Statistical Methods for Research Workers, 1934;
    two-sided as in Agresti, Categorical Data Analysis, §3.5).
    """
    first, second, hits = a + b, c + d, a + c
    low, high = max(0, hits - second), min(first, hits)
    seen = _log_probability(a, first, second, hits)
    logs = (_log_probability(k, first, second, hits) for k in range(low, high + 1))
    return min(1.0, fsum(exp(value) for value in logs if value <= seen + _TIE))


def _log_probability(k: int, first: int, second: int, hits: int) -> float:
    chosen = _log_choose(first, k) + _log_choose(second, hits - k)
    return chosen - _log_choose(first + second, hits)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
