"""The audiences: the last look before anybody is mailed."""

from __future__ import annotations

from collections.abc import Mapping

from segctl.quality.suites.base import Check, Suite, email_shape, never_missing, unique

_EMAIL = "lower(trim(email))"
"""As tools compare it. What SQL cannot fold (see `privacy.fold`) is refused by the plan."""


def audience_suites(relations: Mapping[str, str]) -> list[Suite]:
    """Suites for the two tables that a sync reads (model name -> relation)."""
    profiles, memberships = relations["audience_profiles"], relations["audience_memberships"]
    return [
        Suite(
            "audience_profiles",
            profiles,
            (
                never_missing("customer_id"),
                never_missing("email"),
                email_shape("email"),
                unique(profiles, ["customer_id"]),
                _shared(profiles, [_EMAIL], "email_repeated", "no two profiles share an email"),
            ),
        ),
        Suite(
            "audience_memberships",
            memberships,
            (
                never_missing("audience"),
                never_missing("customer_id"),
                never_missing("email"),
                email_shape("email"),
                unique(memberships, ["audience", "customer_id"]),
                _shared(
                    memberships,
                    ["audience", _EMAIL],
                    "email_repeated",
                    "no two members of an audience share an email",
                ),
                Check(
                    "profile_missing",
                    "every member has a profile, and so a consent",
                    count=f"select count(*) as offenders from {memberships} as m "
                    f"left join {profiles} as p on m.customer_id = p.customer_id "
                    "where p.customer_id is null",
                ),
                Check(
                    "audience_unknown",
                    "every audience is in the catalogue of segments",
                    count=f"select count(*) as offenders from {memberships} as m "
                    f"left join {relations['segments']} as s on m.audience = s.segment "
                    "where s.segment is null",
                ),
            ),
        ),
    ]


def _shared(relation: str, columns: list[str], name: str, says: str) -> Check:
    return Check(name, says, count=unique(relation, columns).count)
