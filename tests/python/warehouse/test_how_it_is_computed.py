"""The page docs/how-it-is-computed.md, written again with pandas, says what the models say.

Mails and orders are read from the raw files of the demo shop, purchases and visits from the tables
that the page starts from. Nothing here calls the models' SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_shop import Shop
from support import REPOSITORY

from segctl.demo_data import generate

AS_OF = pd.Timestamp("2025-06-15")
DAY = pd.Timedelta(days=1)
VARIABLES = {
    "segmentation_as_of": str(AS_OF.date()),
    "segmentation_sources": ["demo"],
    "segmentation_demo_path": "data/demo",
}


@dataclass(frozen=True)
class Demo:
    """A demo shop: its raw files, and what was built from them."""

    shop: Shop

    def raw(self, table: str) -> pd.DataFrame:
        return pd.read_parquet(self.shop.folder / "data" / "demo" / f"{table}.parquet")

    def table(self, name: str) -> pd.DataFrame:
        rows = self.shop.warehouse.rows(f"from {name}")
        columns = self.shop.warehouse.rows(f"select column_name from (describe {name})")
        return pd.DataFrame(rows, columns=[column for (column,) in columns])

    def thresholds(self, seed: str) -> dict[str, float]:
        rules = pd.read_csv(REPOSITORY / "seeds" / "rules" / f"{seed}.csv")
        names = rules["threshold"]
        if "segment" in rules:
            names = rules["segment"] + "." + names
        return dict(zip(names, rules["setting"], strict=True))

    def ids(self, kind: str) -> pd.Series:
        known = self.table("customer_identifiers")
        known = known[known["identifier_type"] == kind]
        return known.set_index("identifier_value")["customer_id"]

    def members(self, segment: str) -> set[str]:
        rows = self.shop.warehouse.rows(
            f"select customer_id from segment_members where segment = '{segment}'"
        )
        return {str(name) for (name,) in rows}


@pytest.fixture(scope="module")
def demo(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    shop = Shop(tmp_path_factory.mktemp("computed"), package)
    generate(shop.folder / "data" / "demo", customers=600, seed=5)
    shop.build(**VARIABLES).succeeded()
    return Demo(shop)


@pytest.fixture(scope="module")
def purchases(demo: Demo) -> pd.DataFrame:
    rows = demo.table("customer_orders")
    rows["ordered_on"] = pd.to_datetime(rows["ordered_on"])
    rows["net_cents"] = rows["order_cents"] - rows["refunded_cents"]
    returned = (rows["refunded_cents"] > 0) & (rows["refunded_cents"] >= rows["order_cents"])
    return rows.assign(kept_on=rows["ordered_on"].where(~returned))


@pytest.fixture(scope="module")
def buyers(purchases: pd.DataFrame) -> pd.DataFrame:
    """One row per buyer: what the page calls by its name."""
    by_person = purchases.groupby("customer_id")
    days = purchases[["customer_id", "ordered_on"]].drop_duplicates().sort_values("ordered_on")
    gaps = days.groupby("customer_id")["ordered_on"].diff().dt.days.groupby(days["customer_id"])
    last = by_person["ordered_on"].max()
    return pd.DataFrame(
        {
            "orders": by_person.size(),
            "net": by_person["net_cents"].sum() / 100,
            "silence": (AS_OF - last).dt.days,
            "kept_days": by_person["kept_on"].nunique(),
            "kept_age": (AS_OF - by_person["kept_on"].min()).dt.days,
            "gaps": gaps.count(),
            "median_gap": gaps.median(),
            "last_gap": gaps.last(),
        }
    ).assign(shop_gap=gaps.median().median())


def place(values: pd.Series) -> pd.Series:
    """1 to 5, by the quantiles of type 7 plus one."""
    ordered = np.sort(values.to_numpy(dtype=float))
    edges = []
    for share in (0.2, 0.4, 0.6, 0.8):
        position = (len(ordered) - 1) * share
        low = int(position)
        high = min(low + 1, len(ordered) - 1)
        edges.append(ordered[low] + (position - low) * (ordered[high] - ordered[low]) + 1)
    return values.map(lambda value: 1 + sum(float(value) >= edge for edge in edges))


def same(found: pd.Series, expected: pd.Series) -> None:
    """Equal for every person, and there are many."""
    joined = pd.DataFrame({"found": found, "expected": expected})
    wrong = joined[
        (joined["found"] != joined["expected"])
        & ~(joined["found"].isna() & joined["expected"].isna())
    ]
    assert wrong.empty, wrong.head()
    assert len(joined) > 300


def test_rfm(demo: Demo, buyers: pd.DataFrame) -> None:
    built = demo.table("customer_rfm").set_index("customer_id")
    same(built["recency_score"], 6 - place(buyers["silence"]))
    same(built["frequency_score"], place(buyers["orders"]))
    same(built["monetary_score"], place(buyers["net"]))
    rules = pd.read_csv(REPOSITORY / "seeds" / "rules" / "rfm_segment_map.csv")
    rules = rules[rules["map_name"] == "recency_frequency"].sort_values("priority")

    def name(scores: pd.Series) -> str:
        for rule in rules.itertuples():
            if (
                rule.recency_min <= scores["recency_score"] <= rule.recency_max
                and rule.frequency_min <= scores["frequency_score"] <= rule.frequency_max
            ):
                return str(rule.rfm_segment)
        return "Others"

    same(built["rfm_segment"], built.apply(name, axis=1))


def stages(demo: Demo, buyers: pd.DataFrame) -> pd.Series:
    permitted = demo.table("email_permissions")
    permitted = permitted[permitted["is_permitted"] & (permitted["purpose"] == "marketing")]
    people = demo.table("customer_features")["customer_id"]
    found = {}
    rhythm = buyers["median_gap"].where(buyers["gaps"] >= 3, buyers["shop_gap"]).clip(14, 180)
    subscribed = set(permitted["customer_id"])
    for person in people:
        if person not in buyers.index:
            found[person] = "subscriber" if person in subscribed else "lead"
            continue
        buyer, beat = buyers.loc[person], rhythm[person]
        rules = {
            "churned": buyer["silence"] > 6 * beat,
            "lapsed": buyer["silence"] > 3 * beat,
            "at risk": buyer["silence"] > 1.5 * beat,
            "won back": buyer["last_gap"] > 3 * beat and buyer["silence"] <= 90,
            "loyal": buyer["kept_days"] >= 5,
            "repeat": buyer["kept_days"] >= 2,
            "new customer": True,
        }
        found[person] = next(stage for stage, holds in rules.items() if holds)
    return pd.Series(found)


def test_lifecycle(demo: Demo, buyers: pd.DataFrame) -> None:
    assert buyers["gaps"].sum() >= 3  # else the rhythm of 60 days
    built = demo.table("customer_lifecycle").set_index("customer_id")["lifecycle_stage"]
    same(built, stages(demo, buyers))
    assert len(set(built)) == 9


def test_value(demo: Demo, buyers: pd.DataFrame) -> None:
    stage = stages(demo, buyers).reindex(buyers.index)
    gone = stage.isin(["lapsed", "churned"])
    rank = buyers["net"].rank(method="min", ascending=False)
    positive = buyers["net"] > 0

    def top(share: float) -> pd.Series:
        return (rank < share * len(buyers) + 1) & positive

    recent = buyers["silence"] <= 365
    scored = place(buyers["net"]) >= 4
    low = buyers["net"].rank(method="min") <= 0.5 * len(buyers)
    first = (buyers["kept_days"] == 1) & (buyers["kept_age"] <= 60)
    repeat = buyers["kept_days"] >= 2
    expected = {
        "vip": top(0.2) & recent & ~gone,
        "lapsed_high_value": (top(0.2) | scored) & positive & (gone | ~recent),
        "value_tier_top": top(0.1),
        "value_tier_low": low & ~top(0.1),
        "value_tier_middle": ~low & ~top(0.1),
        "first_time_buyers": first,
        "repeat_buyers": repeat,
        "one_time_buyers": ~first & ~repeat,
    }
    for segment, who in expected.items():
        assert demo.members(segment) == set(buyers.index[who]), segment
        assert who.any(), segment


@pytest.fixture(scope="module")
def mail_events(demo: Demo) -> pd.DataFrame:
    """Raw events of people: an id that came twice on a day is one, what lies ahead is none."""
    rows = demo.raw("email_events")
    rows["day"] = rows["occurred_at"].dt.floor("D")
    rows = rows.sort_values("loaded_at").drop_duplicates(["email_event_id", "day"], keep="last")
    rows = rows[rows["loaded_at"].isna() | (rows["occurred_at"] <= rows["loaded_at"] + DAY)]
    rows = rows[rows["occurred_at"] < AS_OF]
    address = rows["email"].str.strip().str.lower().map(demo.ids("email"))
    rows["person"] = address.fillna(rows["source_customer_id"].map(demo.ids("customer_id")))
    rows["kind"] = rows["event_type"].str.strip().str.lower()
    rows = rows[rows["person"].notna()]
    clicks = rows[rows["kind"] == "click"].groupby(["person", "campaign_id", "day"])
    assert clicks.size().max() < 3  # the demo shop has no scanners
    return rows


@pytest.fixture(scope="module")
def mails(mail_events: pd.DataFrame) -> pd.DataFrame:
    """One row per person, campaign and send: what happens belongs to the last send before."""
    rows = mail_events.assign(campaign=mail_events["campaign_id"].fillna(""))
    found = []
    for (person, _), events in rows.groupby(["person", "campaign"]):
        sent = sorted(events.loc[events["kind"] == "sent", "day"].unique())
        alone = sorted(events.loc[events["kind"] == "delivered", "day"].unique())
        for day in alone:
            before = [other for other in sent if other <= day]
            if not before or day - max(before) > 7 * DAY:
                sent.append(day)
        sends = np.array(sorted(sent))
        if len(sends) == 0:
            continue
        number = np.searchsorted(sends, events["day"].to_numpy(), side="right") - 1
        for place_of, own in events.groupby(number):
            if place_of >= 0:
                kinds = own["kind"].value_counts()
                found.append({"person": person, "sent_on": sends[place_of], **kinds.to_dict()})
    kinds = ["sent", "delivered", "open", "machine_open", "click", "bounce"]
    mails = pd.DataFrame(found).fillna(dict.fromkeys(kinds, 0))
    mails["age"] = (AS_OF - mails["sent_on"]).dt.days
    mails = mails[mails["age"] <= 180]
    told = mails.groupby("person")["delivered"].transform("sum") > 0
    seen = mails[["delivered", "open", "machine_open", "click"]].sum(axis=1) > 0
    return mails.assign(
        arrived=seen | (~told & (mails["bounce"] == 0)),
        engaged=mails["open"] + mails["click"] > 0,
    )


def half_up(part: pd.Series, whole: pd.Series) -> pd.Series:
    """A share with six decimals."""
    return (2_000_000 * part + whole) // (2 * whole)


def test_engagement(demo: Demo, mail_events: pd.DataFrame, mails: pd.DataFrame) -> None:
    built = demo.table("customer_email_features").set_index("customer_id")
    recent = mails[mails["arrived"] & (mails["age"] <= 90)].groupby("person")
    rate = half_up(recent["engaged"].sum(), recent.size()).reindex(built.index)
    same((built["engagement_rate_90d"].astype(float) * 1_000_000).round(), rate)

    acted = mail_events[mail_events["kind"].isin(["open", "click"])].groupby("person")["day"].max()
    since = (AS_OF - acted).dt.days.reindex(built.index)
    same(built["days_since_engaged"].astype(float), since)
    sends = mail_events[mail_events["kind"].isin(["sent", "delivered"])]
    first = sends[sends["day"] >= AS_OF - 360 * DAY].groupby("person")["day"].min()
    mailed = (AS_OF - first).dt.days.reindex(built.index)
    silent = np.fmin(mailed, since).where(mailed.notna())
    same(built["days_silent"].astype(float), silent)

    machine = mail_events[mail_events["kind"] == "machine_open"]
    machine_age = (AS_OF - machine.groupby("person")["day"].max()).dt.days.reindex(built.index)
    delivered = mail_events[mail_events["kind"] == "delivered"].groupby("person").size()
    arrived = mails[mails["arrived"]].groupby("person").size()
    most = pd.concat([delivered, arrived], axis=1).max(axis=1).reindex(built.index, fill_value=0)
    never = since.isna()
    rules = {
        "unknown": (never & machine_age.notna()) | ((since > 90) & (machine_age <= 90)),
        "never": never & (most >= 5),
        "sleeping_180_days": since > 180,
        "sleeping_90_days": since > 90,
        "highly": rate >= 500_000,
        "moderately": rate >= 250_000,
        "barely": since <= 90,
    }
    tier = np.select(list(rules.values()), list(rules), default="")
    for variant in rules:
        expected = set(built.index[tier == variant])
        assert demo.members(f"email_engagement_{variant}") == expected, variant
        assert expected, variant

    orders = demo.table("customer_features").set_index("customer_id")["days_since_last_order"]
    visits = demo.table("customer_web_features").set_index("customer_id")["sessions_90d"]
    sunset = (
        (arrived.reindex(built.index, fill_value=0) >= 3)
        & (silent > 180)
        & ~(orders.reindex(built.index).astype(float) <= 180)
        & (visits.reindex(built.index) == 0)
        & ~(machine_age <= 180)
        & (machine_age.isna() | ~never)
    )
    assert demo.members("sunset") == set(built.index[sunset]) and sunset.any()


def test_carts(demo: Demo) -> None:
    visits = demo.table("customer_sessions")
    visits = visits[(visits["cart_additions"] > 0) | (visits["cart_removals"] > 0)]
    orders = demo.table("customer_placed_orders").groupby("customer_id")["ordered_at"]
    times = {person: np.sort(found.to_numpy()) for person, found in orders}
    expected = {}
    for (person, source), rows in visits.groupby(["customer_id", "source"]):
        placed = times.get(person, np.array([], dtype="datetime64[ns]"))
        cart: dict[str, object] | None = None
        for visit in rows.sort_values(["started_at", "visitor_key"]).to_dict("records"):
            later = placed[placed >= np.datetime64(visit["started_at"])]
            following = later[0] if len(later) else None
            if visit["cart_additions"] > 0:
                cart = {**visit, "next": following}
                expected[(source, visit["visitor_key"], visit["started_at"])] = cart
            elif cart is not None and cart["next"] == following:
                for name in ("cart_pieces", "unvalued_cart_events"):
                    cart[name] += visit[name]
                cart["cart_value_cents"] = (cart["cart_value_cents"] or 0) + (
                    visit["cart_value_cents"] or 0
                )
    built = demo.table("customer_carts")
    found = {
        (row.source, row.visitor_key, row.opened_at): (
            row.cart_status,
            None if pd.isna(row.cart_value) else float(row.cart_value),
        )
        for row in built.itertuples()
    }
    computed = {}
    for key, cart in expected.items():
        if cart["cart_pieces"] <= 0 and cart["purchases"] == 0:
            continue
        limit = cart["ended_at"] + DAY
        following = None if cart["next"] is None else pd.Timestamp(cart["next"])
        if cart["purchases"] > 0 or (following is not None and following <= limit):
            status = "ordered"
        elif limit > AS_OF:
            status = "open"
        else:
            in_time = following is not None and following <= limit + 7 * DAY
            status = "recovered" if in_time else "abandoned"
        cents = cart["cart_value_cents"]
        known = cart["unvalued_cart_events"] == 0
        computed[key] = (status, max(0, 0 if pd.isna(cents) else cents) / 100 if known else None)
    assert found == computed
    assert {status for status, _ in found.values()} >= {"ordered", "recovered", "abandoned"}


def test_cohorts(demo: Demo, purchases: pd.DataFrame) -> None:
    month = purchases["ordered_on"].dt.to_period("M")
    rows = purchases.assign(month=month)
    rows["cohort"] = rows.groupby("customer_id")["month"].transform("min")
    rows["number"] = (rows["month"] - rows["cohort"]).map(lambda offset: offset.n)
    size = rows.groupby("cohort")["customer_id"].nunique()
    active = rows.groupby(["cohort", "number"])["customer_id"].nunique()
    retention = demo.table("cohort_retention")
    value = demo.table("cohort_value").set_index(["cohort_on", "period_number"])
    net = rows.groupby(["cohort", "number"])["net_cents"].sum()
    checked = 0
    for row in retention.itertuples():
        cohort = pd.Period(row.cohort_on, "M")
        people = size.get(cohort, 0)
        count = active.get((cohort, row.period_number), 0)
        assert (row.cohort_customers, row.active_customers) == (people, count)
        if people:
            ppm = (2_000_000 * count + people) // (2 * people)
            assert round(float(row.retention_rate) * 1_000_000) == ppm
            total = sum(net.get((cohort, number), 0) for number in range(row.period_number + 1))
            told = value.loc[(row.cohort_on, row.period_number), "cumulative_net_revenue"]
            assert round(float(told) * 100) == total
            checked += 1
    assert checked > 100
