from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.verdict import SHOWN, Verdict, Violation

VIOLATIONS = st.builds(Violation, st.sampled_from(("lost", "doubled", "wire")), st.text(max_size=5))
VERDICTS = st.builds(
    Verdict,
    st.dictionaries(st.sampled_from(("calls", "stored", "acked")), st.integers(0, 9)),
    st.lists(VIOLATIONS, max_size=4).map(tuple),
)


@given(VERDICTS, VERDICTS)
def test_verdicts_add(one: Verdict, other: Verdict) -> None:
    """Counts are summed, violations joined; good only if both are."""
    both = one + other
    assert (one.ok and other.ok) == both.ok
    assert len(one.violations) + len(other.violations) == sum(both.by_kind().values())
    for name in {*one.counts, *other.counts}:
        assert both.counts[name] == one.counts.get(name, 0) + other.counts.get(name, 0)


def test_a_verdict_shows_the_first_violations() -> None:
    """The JSON counts all and shows some, without empty fields."""
    lost = Violation("lost", "gone", "s", 3)
    value = Verdict({"calls": 1}, (lost,) * (SHOWN + 5)).as_json()
    assert {"lost": SHOWN + 5} == value["violations"]
    assert [{"kind": "lost", "detail": "gone", "stream": "s", "seq": 3}] * SHOWN == value["first"]
    assert {"kind": "wire", "detail": "x"} == Violation("wire", "x").as_json()
    assert not value["ok"]
