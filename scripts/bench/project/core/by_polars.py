"""The core in polars: python -m core.by_polars FILES PEOPLE RULES AS_OF TARGET."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import polars as pl
from polars import col

from core.names import (
    EMAIL_COUNTS,
    EMAIL_EVENTS,
    EMAIL_WINDOWS,
    PAGES,
    WEB_EVENTS,
    WEB_WINDOWS,
)
from core.polars_orders import Orders, ppm, text

PAUSE = pl.duration(minutes=30)


def windowed(name: str, days: int) -> pl.Expr:
    """The sum over the last days."""
    return pl.when(col("age") <= days).then(col(name)).otherwise(0).sum().alias(f"{name}_{days}d")


class Core(Orders):
    """And what is counted from web and e-mail events."""

    def events(
        self, table: str, key: str, types: tuple[str, ...], columns: list[str]
    ) -> pl.LazyFrame:
        """Events of known types before the day; an id that came twice on one day is one event."""
        raw = (
            self.scan(table)
            .filter(col("occurred_at") < self.midnight)
            .select(key, "occurred_at", "event_type", "loaded_at", *columns)
        )
        day = col("occurred_at").dt.date().alias("occurred_on")
        repeated = (
            raw.group_by(key, day)
            .agg(pl.len().alias("n"))
            .filter(col("n") > 1)
            .select(key, "occurred_on")
        )
        with_day = raw.with_columns(day)
        once = with_day.join(repeated, on=[key, "occurred_on"], how="anti")
        newest = (
            with_day.join(repeated, on=[key, "occurred_on"])
            .sort("loaded_at", descending=True)
            .unique([key, "occurred_on"], keep="first")
        )
        return (
            pl.concat([once, newest], how="diagonal")
            .with_columns(text("event_type").str.to_lowercase(), text("source_customer_id"))
            .filter(
                col("event_type").is_in(types),
                col("loaded_at").is_null()
                | (col("occurred_at") <= col("loaded_at") + pl.duration(days=1)),
            )
        )

    def sessions(self) -> pl.LazyFrame:
        """Visits that end by pauses of more than 30 minutes, with whose they are."""
        names = list(WEB_WINDOWS)[:-1]
        types = col("event_type")
        conditions = {"pages": types.is_in(PAGES)} | {
            name: types == event_type for name, event_type in WEB_EVENTS.items()
        }
        conditions["empty_searches"] = (types == "search") & (col("search_results") == 0)
        known = (*PAGES, *WEB_EVENTS.values(), "remove_from_cart", "purchase")
        wanted = ["anonymous_id", "source_customer_id", "search_results", "device_type"]
        half_hours = (
            self.events("web_events", "event_id", known, wanted)
            .with_columns(
                pl.coalesce(
                    pl.when(col("anonymous_id") != "").then(col("anonymous_id")),
                    "customer:" + col("source_customer_id"),
                ).alias("visitor_key"),
                (col("occurred_at").dt.epoch("us") // 1_800_000_000).alias("half_hour"),
            )
            .filter(col("visitor_key").is_not_null())
            .group_by("visitor_key", "half_hour")
            .agg(
                col("source_customer_id").min().alias("first_id"),
                col("source_customer_id").max().alias("last_id"),
                col("occurred_at").min().alias("started_at"),
                col("occurred_at").max().alias("ended_at"),
                col("device_type").min(),
                pl.len().alias("events"),
                *(conditions[name].sum().cast(pl.Int64).alias(name) for name in names),
            )
            .with_columns((col("half_hour") // 48).alias("day"))
            .sort("visitor_key", "half_hour")
        )
        bots = self.threshold("feature_thresholds", "bot_events_per_day")
        visitor = ["visitor_key", "day"]
        sums = [col(name).sum() for name in names]
        spans = [col("started_at").min(), col("ended_at").max(), col("device_type").min()]
        parts = (
            half_hours.filter(col("events").sum().over(visitor) <= bots)
            .with_columns(_begins(visitor).alias("begins"))
            .with_columns(col("begins").cum_sum().over("visitor_key").alias("part"))
            .group_by("visitor_key", "day", "part")
            .agg(col("first_id").min(), col("last_id").max(), *spans, *sums)
        )
        attributed = (
            parts.join(self.by_visitor, on="visitor_key", how="left")
            .join(self.by_record, left_on="first_id", right_on="source_customer_id", how="left")
            .with_columns(
                pl.coalesce(
                    "by_visitor_key",
                    pl.when(col("first_id") == col("last_id")).then(col("by_source_customer_id")),
                ).alias("customer_id")
            )
            .filter(col("customer_id").is_not_null())
            .sort("visitor_key", "started_at")
            .with_columns(_begins(["visitor_key"]).alias("begins"))
            .with_columns(col("begins").cum_sum().over("visitor_key").alias("visit"))
        )
        seconds = col("ended_at").dt.epoch("s") - col("started_at").dt.epoch("s")
        age = pl.lit(self.as_of) - col("started_at").dt.date()
        return (
            attributed.group_by("visitor_key", "visit")
            .agg(col("customer_id").min(), *spans, *sums)
            .with_columns(seconds.alias("duration_seconds"), age.dt.total_days().alias("age"))
        )

    def web_features(self, sessions: pl.LazyFrame) -> pl.LazyFrame:
        """Sums of sessions, all time and by window, and the usual device."""
        devices = (
            sessions.filter(col("device_type").is_not_null())
            .group_by("customer_id", "device_type")
            .agg(pl.len().alias("n"), col("started_at").max())
            .sort("n", "started_at", "device_type", descending=[True, True, False])
            .unique("customer_id", keep="first")
            .select("customer_id", col("device_type").alias("usual_device"))
        )
        age = col("age")
        return (
            sessions.group_by("customer_id")
            .agg(
                pl.len().cast(pl.Int64).alias("sessions"),
                *(
                    (age <= days).sum().cast(pl.Int64).alias(f"sessions_{days}d")
                    for days in (7, 30, 90)
                ),
                *(col(name).sum() for name in WEB_WINDOWS),
                *(
                    windowed(name, days)
                    for name, lengths in WEB_WINDOWS.items()
                    for days in lengths
                ),
                col("started_at").min().dt.date().alias("first_session_on"),
                col("started_at").max().dt.date().alias("last_session_on"),
            )
            .join(devices, on="customer_id", how="left")
        )

    def email_features(self) -> pl.LazyFrame:
        """Sums of mail events, all time and by window, and rates per delivered mail."""
        known = tuple(EMAIL_EVENTS.values())
        days = (
            self.events(
                "email_events",
                "email_event_id",
                known,
                ["email", "source_customer_id", "campaign_id"],
            )
            .with_columns(text("email").str.to_lowercase())
            .group_by("email", "source_customer_id", "campaign_id", "occurred_on")
            .agg(
                (col("event_type") == event_type).sum().cast(pl.Int64).alias(name)
                for name, event_type in EMAIL_EVENTS.items()
            )
            .join(self.by_email, on="email", how="left")
            .join(self.by_record, on="source_customer_id", how="left")
            .with_columns(
                pl.coalesce("by_email", "by_source_customer_id").alias("customer_id"),
                (pl.lit(self.as_of) - col("occurred_on")).dt.total_days().alias("age"),
            )
            .filter(col("customer_id").is_not_null())
            .collect()
            .lazy()
        )
        on = col("occurred_on")
        was_sent = (col("sent") > 0) | (col("delivered") > 0)
        summed = days.group_by("customer_id").agg(
            *(col(name).sum() for name in EMAIL_EVENTS),
            *(windowed(name, length) for name in EMAIL_COUNTS for length in EMAIL_WINDOWS),
            on.filter(was_sent).max().alias("last_sent_on"),
            on.filter(col("opens") > 0).max().alias("last_opened_on"),
            on.filter(col("clicks") > 0).max().alias("last_clicked_on"),
            on.filter((col("opens") > 0) | (col("clicks") > 0)).max().alias("last_engaged_on"),
        )
        mails = (
            self.mails(days)
            .group_by("customer_id")
            .agg(
                counted.sum().cast(pl.Int64).alias(f"{name}_{length}d")
                for length in EMAIL_WINDOWS
                for name, counted in (
                    ("mails", col("age") <= length),
                    ("engaged", (col("age") <= length) & col("is_engaged")),
                    ("clicked", (col("age") <= length) & col("is_clicked")),
                )
            )
        )
        return summed.join(mails, on="customer_id", how="left").with_columns(
            *(
                ppm(f"engaged_{length}d", f"mails_{length}d").alias(f"engagement_ppm_{length}d")
                for length in EMAIL_WINDOWS
            ),
            *(
                ppm(f"clicked_{length}d", f"mails_{length}d").alias(f"click_ppm_{length}d")
                for length in EMAIL_WINDOWS
            ),
        )

    def mails(self, days: pl.LazyFrame) -> pl.LazyFrame:
        """Mails that arrived: what happens belongs to the last send of the campaign before."""
        day, campaign = col("occurred_on"), ["customer_id", "campaign_id"]
        counts = ("sent", "delivered", "opens", "machine_opens", "clicks", "bounces")

        def last(condition: pl.Expr) -> pl.Expr:
            return pl.when(condition).then(day).forward_fill().over(campaign, order_by=day)

        alone = (col("delivered") > 0) & (
            col("known").is_null() | ((day - col("known")).dt.total_days() > 7)
        )
        seen = pl.sum_horizontal("delivered", "opens", "machine_opens", "clicks") > 0
        return (
            days.filter(col("age") <= 187)
            .group_by(*campaign, "occurred_on")
            .agg(col(name).sum() for name in counts)
            .with_columns(
                last(col("sent") > 0).alias("known"),
                (col("delivered").sum().over("customer_id") > 0).alias("tells_deliveries"),
            )
            .with_columns(last((col("sent") > 0) | alone).alias("sent_on"))
            .filter(col("sent_on").is_not_null())
            .group_by(*campaign, "sent_on", "tells_deliveries")
            .agg(col(name).sum() for name in counts)
            .filter(seen | (~col("tells_deliveries") & (col("bounces") == 0)))
            .select(
                "customer_id",
                (pl.lit(self.as_of) - col("sent_on")).dt.total_days().alias("age"),
                (col("opens") + col("clicks") > 0).alias("is_engaged"),
                (col("clicks") > 0).alias("is_clicked"),
            )
        )


def _begins(visitor: list[str]) -> pl.Expr:
    """1 where more than 30 minutes have passed, or nothing came before; rows are in order."""
    goes_on = col("started_at") <= col("ended_at").shift(1).over(visitor) + PAUSE
    return (~goes_on.fill_null(False)).cast(pl.Int64)


def main(files: str, people: str, rules: str, as_of: str, target: str) -> None:
    """Compute and write the tables."""
    core = Core(Path(files), Path(people), Path(rules), date.fromisoformat(as_of))
    purchases = core.purchases().collect().lazy()
    orders = core.order_features(purchases).collect().lazy()
    tables = {
        "order_features": orders,
        "rfm": core.rfm(orders),
        "lifecycle": core.lifecycle(orders),
        "cohorts": core.cohorts(purchases),
        "web_features": core.web_features(core.sessions().collect().lazy()),
        "email_features": core.email_features(),
    }
    Path(target).mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.collect().write_parquet(Path(target) / f"{name}.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
