"""Releases that nobody has reviewed in time. Never connects."""

from __future__ import annotations

from collections.abc import Iterable

from mentalspace.findings import Finding, Level
from mentalspace.releases.release import Release, ReviewState


def find_overdue(releases: Iterable[Release]) -> tuple[Finding, ...]:
    """A warning for every review that is overdue; one that is merely due is no finding."""
    return tuple(
        Finding(
            check="releases",
            title="Review overdue",
            level=Level.warning,
            subject=f"release {release.release_version}",
            detail=f"deployed {release.release_date:%Y-%m-%d}, to be reviewed by "
            f"{release.review.overdue_after:%Y-%m-%d %H:%M %Z}",
            remediation=f"Hold it, then `mentalspace release review {release.release_version} --complete`.",
            key=f"releases:public.post_release_reviews:{release.release_version}",
            owner=release.review.facilitator,
        )
        for release in releases
        if release.review.state is ReviewState.overdue
    )
