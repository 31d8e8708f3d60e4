"""The core in pandas: python -m core.by_pandas FILES PEOPLE RULES AS_OF TARGET."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from core.names import (
    EMAIL_COUNTS,
    EMAIL_EVENTS,
    EMAIL_WINDOWS,
    PAGES,
    WEB_EVENTS,
    WEB_WINDOWS,
)
from core.pandas_orders import Orders, newest_per_key, ppm, text

PAUSE = pd.Timedelta(minutes=30)


def sums(rows: pd.DataFrame, by: str, lengths: Mapping[str, tuple[int, ...]]) -> pd.DataFrame:
    """Sums of columns of all time and of the last days, by a key."""
    columns = {}
    for name, windows in lengths.items():
        columns[name] = rows[name]
        for days in windows:
            columns[f"{name}_{days}d"] = rows[name].where(rows["age"] <= days, 0)
    return pd.DataFrame(columns).groupby(rows[by], sort=False).sum()


class Core(Orders):
    """And what is counted from web and e-mail events."""

    def events(
        self, table: str, key: str, types: tuple[str, ...], columns: list[str]
    ) -> pd.DataFrame:
        """Events of known types before the day; an id that came twice on one day is one event."""
        rows = self.read(table, [key, "occurred_at", "event_type", "loaded_at", *columns])
        rows = rows[rows["occurred_at"] < self.as_of]
        rows["occurred_on"] = rows["occurred_at"].dt.floor("D")
        rows = newest_per_key(rows, [key, "occurred_on"]).drop(columns=key)
        rows = self.plausible(rows, "occurred_at").drop(columns="loaded_at")
        rows["event_type"] = text(rows["event_type"]).str.lower()
        rows["source_customer_id"] = text(rows["source_customer_id"])
        found: pd.DataFrame = rows[rows["event_type"].isin(types)]
        return found

    def sessions(self) -> pd.DataFrame:
        """Visits that end by pauses of more than 30 minutes, with whose they are."""
        known = (*PAGES, *WEB_EVENTS.values(), "remove_from_cart", "purchase")
        wanted = ["anonymous_id", "source_customer_id", "search_results", "device_type"]
        events = self.events("web_events", "event_id", known, wanted)
        anonymous = events["anonymous_id"].where(events["anonymous_id"] != "")
        kind = events["event_type"]
        names = list(WEB_WINDOWS)[:-1]
        conditions = {name: kind == event_type for name, event_type in WEB_EVENTS.items()}
        conditions["pages"] = kind.isin(PAGES)
        conditions["empty_searches"] = (kind == "search") & (events["search_results"] == 0)
        rows = pd.DataFrame(
            {
                "visitor_key": anonymous.fillna("customer:" + events["source_customer_id"]),
                "half_hour": events["occurred_at"].dt.floor("30min"),
                "first_id": events["source_customer_id"],
                "last_id": events["source_customer_id"],
                "started_at": events["occurred_at"],
                "ended_at": events["occurred_at"],
                "device_type": events["device_type"],
                "events": 1,
                **{name: conditions[name].astype("int64") for name in names},
            }
        )
        del events, anonymous, kind, conditions
        spans = {"started_at": "min", "ended_at": "max", "device_type": "min"}
        whose = {"first_id": "min", "last_id": "max"}
        added = dict.fromkeys(names, "sum")
        half_hours = (
            rows.groupby(["visitor_key", "half_hour"])
            .agg({**whose, **spans, "events": "sum", **added})
            .reset_index()
        )
        del rows
        half_hours["day"] = half_hours["half_hour"].dt.floor("D")
        visitor_day = [half_hours["visitor_key"], half_hours["day"]]
        of_day = half_hours["events"].groupby(visitor_day).transform("sum")
        most = self.thresholds("feature_thresholds")["bot_events_per_day"]
        half_hours = half_hours[of_day <= most]
        half_hours["part"] = _visits(half_hours, ["visitor_key", "day"])
        parts = half_hours.groupby(["visitor_key", "part"]).agg({**whose, **spans, **added})
        parts = parts.reset_index()
        one_login = parts["first_id"].where(parts["first_id"] == parts["last_id"])
        by_record = one_login.map(self.by_record)
        parts["customer_id"] = parts["visitor_key"].map(self.by_visitor).fillna(by_record)
        parts = parts[parts["customer_id"].notna()].sort_values(["visitor_key", "started_at"])
        parts["visit"] = _visits(parts, ["visitor_key"])
        sessions: pd.DataFrame = parts.groupby("visit").agg(
            {"customer_id": "min", **spans, **added}
        )
        sessions["age"] = (self.as_of - sessions["started_at"].dt.floor("D")).dt.days
        ends, starts = (sessions[name].dt.floor("s") for name in ("ended_at", "started_at"))
        sessions["duration_seconds"] = (ends - starts).dt.total_seconds().astype("int64")
        return sessions

    def web_features(self, sessions: pd.DataFrame) -> pd.DataFrame:
        """Sums of sessions, all time and by window, and the usual device."""
        found = sums(
            sessions.assign(sessions=1), "customer_id", {"sessions": (7, 30, 90), **WEB_WINDOWS}
        )
        started = sessions.groupby("customer_id")["started_at"]
        found["first_session_on"] = started.min().dt.floor("D")
        found["last_session_on"] = started.max().dt.floor("D")
        devices = sessions.groupby(["customer_id", "device_type"])["started_at"].agg(
            ["size", "max"]
        )
        devices = devices.reset_index().sort_values(
            ["size", "max", "device_type"], ascending=[False, False, True]
        )
        usual = devices.drop_duplicates("customer_id").set_index("customer_id")["device_type"]
        return found.assign(usual_device=usual).reset_index()

    def email_features(self) -> pd.DataFrame:
        """Sums of mail events, all time and by window, and rates per delivered mail."""
        wanted = ["email", "source_customer_id", "campaign_id"]
        events = self.events("email_events", "email_event_id", tuple(EMAIL_EVENTS.values()), wanted)
        email = text(events["email"]).str.lower()
        by_record = events["source_customer_id"].map(self.by_record)
        rows = pd.DataFrame(
            {
                "customer_id": email.map(self.by_email).fillna(by_record),
                "campaign_id": events["campaign_id"],
                "occurred_on": events["occurred_on"],
                **{
                    name: (events["event_type"] == event_type).astype("int64")
                    for name, event_type in EMAIL_EVENTS.items()
                },
            }
        )
        del events, email, by_record
        rows = rows[rows["customer_id"].notna()]
        rows["age"] = (self.as_of - rows["occurred_on"]).dt.days
        lengths = {name: EMAIL_WINDOWS if name in EMAIL_COUNTS else () for name in EMAIL_EVENTS}
        found = sums(rows, "customer_id", lengths)
        was_sent = (rows["sent"] > 0) | (rows["delivered"] > 0)
        engaged = (rows["opens"] > 0) | (rows["clicks"] > 0)
        moments = {
            "last_sent_on": was_sent,
            "last_opened_on": rows["opens"] > 0,
            "last_clicked_on": rows["clicks"] > 0,
            "last_engaged_on": engaged,
        }
        for name, condition in moments.items():
            found[name] = rows[condition].groupby("customer_id")["occurred_on"].max()
        mails = self.mails(rows)
        for days in EMAIL_WINDOWS:
            recent = mails[mails["age"] <= days]
            per_customer = recent.groupby("customer_id")["delivered"].size()
            delivered = per_customer.reindex(found.index)
            for name, which in (
                ("engagement", recent["opens"] + recent["clicks"] > 0),
                ("click", recent["clicks"] > 0),
            ):
                some = which.groupby(recent["customer_id"]).sum().reindex(found.index)
                found[f"{name}_ppm_{days}d"] = ppm(some, delivered)
        return found.reset_index()

    def mails(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Mails that arrived: what happens belongs to the last send of the campaign before."""
        campaign = ["customer_id", "campaign_id"]
        counts = ["sent", "delivered", "opens", "machine_opens", "clicks", "bounces"]
        recent = rows[rows["age"] <= 187].groupby([*campaign, "occurred_on"], dropna=False)
        days = recent[counts].sum().reset_index().sort_values([*campaign, "occurred_on"])
        day = days["occurred_on"]
        keys = [days["customer_id"], days["campaign_id"].fillna("")]
        known = day.where(days["sent"] > 0).groupby(keys).ffill()
        alone = (days["delivered"] > 0) & ~(day - known <= pd.Timedelta(days=7))
        days["sent_on"] = day.where((days["sent"] > 0) | alone).groupby(keys).ffill()
        days["tells"] = days.groupby("customer_id")["delivered"].transform("sum")
        mails = days.groupby([*campaign, "sent_on"], dropna=False).sum(numeric_only=True)
        mails = mails.reset_index().dropna(subset="sent_on")
        seen = mails[["delivered", "opens", "machine_opens", "clicks"]].sum(axis=1) > 0
        arrived: pd.DataFrame = mails[seen | ((mails["tells"] == 0) & (mails["bounces"] == 0))]
        return arrived.assign(age=(self.as_of - arrived["sent_on"]).dt.days)


def _visits(rows: pd.DataFrame, visitor: list[str]) -> pd.Series:
    """A running number that rises where more than 30 minutes have passed; rows are in order."""
    previous = rows.groupby(visitor)["ended_at"].shift(1)
    return (~(rows["started_at"] <= previous + PAUSE)).cumsum()


def main(files: str, people: str, rules: str, as_of: str, target: str) -> None:
    """Compute and write the tables."""
    core = Core(Path(files), Path(people), Path(rules), as_of)
    purchases = core.purchases()
    orders = core.order_features(purchases)
    tables = {
        "order_features": orders.reset_index(),
        "rfm": core.rfm(orders),
        "lifecycle": core.lifecycle(orders),
        "cohorts": core.cohorts(purchases),
        "web_features": core.web_features(core.sessions()),
        "email_features": core.email_features(),
    }
    Path(target).mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_parquet(Path(target) / f"{name}.parquet", index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
