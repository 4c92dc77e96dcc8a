"""Who is present, and what the others are told."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mentalspace.devstack.realtime.presence import Diff, Presences


def without_refs(entries: Any) -> Any:
    return {
        key: [{n: v for n, v in meta.items() if not n.startswith("phx_ref")} for meta in entry["metas"]]
        for key, entry in entries.items()
    }


def test_tracking_again_replaces_and_names_what_it_replaced() -> None:
    presences = Presences()
    first = presences.track("socket", "anna", {"status": "here", "phx_ref": "forged"})
    again = presences.track("socket", "anna", {"status": "away"})
    (joined,), (left,) = again.joins["anna"]["metas"], again.leaves["anna"]["metas"]
    assert left == first.joins["anna"]["metas"][0]
    assert (joined["status"], joined["phx_ref_prev"]) == ("away", left["phx_ref"])
    assert left["phx_ref"] not in ("forged", joined["phx_ref"])


def test_one_key_may_be_present_twice() -> None:
    presences = Presences()
    presences.track("phone", "anna", {"on": "phone"})
    presences.track("desk", "anna", {"on": "desk"})
    assert without_refs(presences.state) == {"anna": [{"on": "phone"}, {"on": "desk"}]}
    presences.untrack("phone")
    assert without_refs(presences.state) == {"anna": [{"on": "desk"}]}
    assert presences.untrack("phone") is None


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["anna", "bert"]), st.none() | st.integers(0, 9))
    )
)
def test_diffs_add_up_to_the_state(steps: list[tuple[str, str, int | None]]) -> None:
    """Who applies every diff, as clients do, knows the state."""
    presences, known = Presences(), {}
    for member, key, value in steps:
        diff = presences.untrack(member) if value is None else presences.track(member, key, {"value": value})
        diff = diff or Diff()
        for name, entry in diff.leaves.items():
            gone = {meta["phx_ref"] for meta in entry["metas"]}
            known[name] = [meta for meta in known[name] if meta["phx_ref"] not in gone]
        for name, entry in diff.joins.items():
            known.setdefault(name, []).extend(entry["metas"])
    expected = {key: entry["metas"] for key, entry in presences.state.items()}
    assert {key: sorted(metas, key=str) for key, metas in known.items() if metas} == {
        key: sorted(metas, key=str) for key, metas in expected.items()
    }
