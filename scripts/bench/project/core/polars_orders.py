"""The core in polars: who is who, orders, RFM, lifecycle and cohorts."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
from polars import col


def text(name: str) -> pl.Expr:
    """Without blanks around it; an empty text is none."""
    trimmed = col(name).str.strip_chars()
    return pl.when(trimmed != "").then(trimmed).alias(name)


def ppm(part: str, whole: str) -> pl.Expr:
    """Millionths, rounded half up; nothing of nothing."""
    share = (2_000_000 * col(part) + col(whole)) // (2 * col(whole))
    return pl.when(col(whole) > 0).then(share)


class Orders:
    """What needs no events. The steps share who is who, the rules and the day."""

    def __init__(self, files: Path, people: Path, rules: Path, as_of: date) -> None:
        self.files, self.rules = files, rules
        self.as_of = as_of
        self.midnight = datetime.combine(as_of, datetime.min.time())
        known = pl.read_parquet(people)
        self.everybody = known.select("customer_id").unique().lazy()
        mailable = known.lazy().filter(col("identifier_type") == "may be mailed")
        self.subscribers = mailable.select("customer_id", pl.lit(True).alias("is_subscribed"))
        by_type = {
            kind: known.lazy()
            .filter(col("identifier_type") == kind)
            .select(col("identifier_value").alias(name), col("customer_id").alias(f"by_{name}"))
            for kind, name in (
                ("customer_id", "source_customer_id"),
                ("email", "email"),
                ("anonymous_id", "visitor_key"),
            )
        }
        self.by_record = by_type["customer_id"]
        self.by_email = by_type["email"]
        self.by_visitor = by_type["anonymous_id"]

    def scan(self, table: str) -> pl.LazyFrame:
        """A raw table."""
        return pl.scan_parquet(self.files / f"{table}.parquet")

    def threshold(self, seed: str, name: str) -> float:
        """One setting of the rules."""
        found = pl.read_csv(self.rules / f"{seed}.csv").filter(col("threshold") == name)
        return float(found["setting"].item())

    def purchases(self) -> pl.LazyFrame:
        """Orders that count, in cents of the euro."""
        rates = (
            pl.scan_csv(
                self.rules.parent / "demo" / "demo_exchange_rates.csv", try_parse_dates=True
            )
            .filter(col("to_currency") == "EUR")
            .select(
                col("from_currency").alias("currency"),
                col("valid_from").cast(pl.Datetime("us")),
                (col("rate") * 10**8).round().cast(pl.Int64).alias("rate"),
            )
            .sort("valid_from")
        )
        amounts = ("order_amount", "discount_amount", "refunded_amount")
        orders = (
            self.scan("orders")
            .with_columns(
                text("source_customer_id"),
                text("email").str.to_lowercase(),
                text("order_status").str.to_lowercase(),
                text("currency").str.to_uppercase(),
                *((col(name) * 100).cast(pl.Int64) for name in amounts),
            )
            .sort("loaded_at", descending=True)
            .unique("order_id", keep="first")
            .filter(
                col("ordered_at") < self.midnight,
                col("loaded_at").is_null()
                | (col("ordered_at") <= col("loaded_at") + pl.duration(days=1)),
                col("order_amount") >= 0,
                ~col("is_test").fill_null(False),
                col("order_status") != "pending",
                (col("order_status") != "cancelled") | (col("cancelled_at") >= self.midnight),
            )
            .sort("ordered_at")
            .join_asof(rates, left_on="ordered_at", right_on="valid_from", by="currency")
            .with_columns(
                pl.when(col("currency") == "EUR").then(10**8).otherwise(col("rate")).alias("rate")
            )
            .filter(col("rate").is_not_null())
            .with_columns((col(name) * col("rate") + 5 * 10**7) // 10**8 for name in amounts)
        )
        return (
            orders.join(self.by_record, on="source_customer_id", how="left")
            .join(self.by_email, on="email", how="left")
            .select(
                pl.when(col("source_customer_id").is_null())
                .then(col("by_email"))
                .otherwise(col("by_source_customer_id"))
                .alias("customer_id"),
                col("ordered_at").dt.date().alias("ordered_on"),
                col("order_amount").alias("order_cents"),
                col("discount_amount").alias("discount_cents"),
                pl.when(pl.coalesce("refunded_at", "ordered_at") < self.midnight)
                .then(col("refunded_amount"))
                .otherwise(0)
                .alias("refunded_cents"),
            )
            .filter(col("customer_id").is_not_null())
        )

    def order_features(self, purchases: pl.LazyFrame) -> pl.LazyFrame:
        """Sums, windows and the rhythm of purchase days."""
        gap = (col("ordered_on") - col("ordered_on").shift(1).over("customer_id")).dt.total_days()
        rhythm = (
            purchases.select("customer_id", "ordered_on")
            .unique()
            .sort("customer_id", "ordered_on")
            .with_columns(gap.alias("gap"))
            .group_by("customer_id", maintain_order=True)
            .agg(
                pl.len().cast(pl.Int64).alias("purchase_days"),
                (2 * col("gap").median()).cast(pl.Int64).alias("doubled_median_gap_days"),
                col("gap").last().alias("last_gap_days"),
                col("gap").drop_nulls().first().alias("days_to_second_purchase"),
            )
        )
        net = col("order_cents") - col("refunded_cents")
        age = col("age")
        summed = (
            purchases.with_columns(
                (pl.lit(self.as_of) - col("ordered_on")).dt.total_days().alias("age")
            )
            .group_by("customer_id")
            .agg(
                pl.len().cast(pl.Int64).alias("orders"),
                col("order_cents").sum().alias("revenue_cents"),
                col("discount_cents").sum(),
                col("refunded_cents").sum().alias("refund_cents"),
                col("ordered_on")
                .filter((col("refunded_cents") == 0) | (net > 0))
                .n_unique()
                .cast(pl.Int64)
                .alias("kept_purchase_days"),
                col("ordered_on").min().alias("first_order_on"),
                col("ordered_on").max().alias("last_order_on"),
                (col("discount_cents") > 0).sum().cast(pl.Int64).alias("discounted_orders"),
                (col("refunded_cents") > 0).sum().cast(pl.Int64).alias("refunded_orders"),
                *(
                    (age <= days).sum().cast(pl.Int64).alias(f"orders_{days}d")
                    for days in (30, 90, 365)
                ),
                *(
                    net.filter(age <= days).sum().alias(f"net_revenue_cents_{days}d")
                    for days in (30, 90, 365)
                ),
                net.filter((age > 90) & (age <= 180)).sum().alias("net_revenue_cents_prior_90d"),
                net.filter((age > 365) & (age <= 455))
                .sum()
                .alias("net_revenue_cents_90d_year_ago"),
            )
        )
        return summed.join(rhythm, on="customer_id")

    def rfm(self, orders: pl.LazyFrame) -> pl.LazyFrame:
        """Scores by quintiles (type 7, ties share a score) and the segment of the map."""
        buyers = orders.select(
            "customer_id",
            (pl.lit(self.as_of) - col("last_order_on")).dt.total_days().alias("recency_days"),
            col("orders").alias("frequency"),
            (col("revenue_cents") - col("refund_cents")).alias("monetary_cents"),
        ).collect()
        measures = {
            "recency": buyers["recency_days"].cast(pl.Float64),
            "frequency": buyers["frequency"].cast(pl.Float64),
            "monetary": buyers["monetary_cents"] / 100,
        }
        scored = buyers.with_columns(
            (6 - _quintile(values) if name == "recency" else _quintile(values)).alias(
                f"{name}_score"
            )
            for name, values in measures.items()
        )
        scores = [f"{name}_score" for name in measures]
        rules = pl.read_csv(self.rules / "rfm_segment_map.csv").filter(
            col("map_name") == "recency_frequency"
        )
        named = (
            scored.select(scores)
            .unique()
            .join(rules, how="cross")
            .filter(
                *(
                    col(f"{name}_score").is_between(col(f"{name}_min"), col(f"{name}_max"))
                    for name in measures
                )
            )
            .sort("priority")
            .unique(scores, keep="first")
            .select(*scores, "rfm_segment")
        )
        return (
            scored.lazy()
            .join(named.lazy(), on=scores, how="left")
            .with_columns(col("rfm_segment").fill_null("Others"))
        )

    def lifecycle(self, orders: pl.LazyFrame) -> pl.LazyFrame:
        """The stage of everybody, by the person's own rhythm, else the shop's."""
        rule = {
            name: float(setting)
            for name, setting in pl.read_csv(self.rules / "lifecycle_thresholds.csv")
            .select("threshold", "setting")
            .iter_rows()
        }
        since_last = (pl.lit(self.as_of) - col("last_order_on")).dt.total_days()
        rhythms = orders.select("purchase_days", "doubled_median_gap_days").collect()
        enough = (rhythms["purchase_days"] - 1).sum() >= rule["own_rhythm_gaps"]
        shop = (rhythms["doubled_median_gap_days"].quantile(0.5, "linear") or 0) / 2
        rhythm = (
            pl.when(col("purchase_days") - 1 >= rule["own_rhythm_gaps"])
            .then(col("doubled_median_gap_days") / 2)
            .otherwise(shop if enough else rule["default_rhythm_days"])
            .clip(rule["shortest_rhythm_days"], rule["longest_rhythm_days"])
        )
        no_orders = col("orders").is_null()
        stage = (
            pl.when(no_orders & col("is_subscribed").fill_null(False))
            .then(pl.lit("subscriber"))
            .when(no_orders)
            .then(pl.lit("lead"))
            .when(since_last > rule["churned_rhythms"] * rhythm)
            .then(pl.lit("churned"))
            .when(since_last > rule["lapsed_rhythms"] * rhythm)
            .then(pl.lit("lapsed"))
            .when(since_last > rule["at_risk_rhythms"] * rhythm)
            .then(pl.lit("at risk"))
            .when(
                (col("last_gap_days") > rule["lapsed_rhythms"] * rhythm)
                & (since_last <= rule["won_back_days"])
            )
            .then(pl.lit("won back"))
            .when(col("kept_purchase_days") >= rule["loyal_purchase_days"])
            .then(pl.lit("loyal"))
            .when(col("kept_purchase_days") > 1)
            .then(pl.lit("repeat"))
            .otherwise(pl.lit("new customer"))
        )
        return (
            self.everybody.join(orders, on="customer_id", how="left")
            .join(self.subscribers, on="customer_id", how="left")
            .select("customer_id", stage.alias("lifecycle_stage"))
        )

    def cohorts(self, purchases: pl.LazyFrame) -> pl.LazyFrame:
        """Every month's first buyers and who of them bought in each month since."""
        active = purchases.select(
            "customer_id", col("ordered_on").dt.truncate("1mo").alias("period_on")
        ).unique()
        firsts = active.group_by("customer_id").agg(col("period_on").min().alias("cohort_on"))
        counted = (
            active.join(firsts, on="customer_id")
            .group_by("cohort_on", "period_on")
            .agg(pl.len().cast(pl.Int64).alias("active_customers"))
            .collect()
        )
        newest = date.fromordinal(self.as_of.toordinal() - 1)
        months = pl.DataFrame(
            {"period_on": pl.date_range(counted["cohort_on"].sort()[0], newest, "1mo", eager=True)}
        ).with_row_index("number")
        sizes = counted.filter(col("cohort_on") == col("period_on")).select(
            "cohort_on", col("active_customers").alias("cohort_customers")
        )
        return (
            months.rename({"period_on": "cohort_on", "number": "cohort_number"})
            .join(months, how="cross")
            .filter(col("cohort_number") <= col("number"))
            .join(sizes, on="cohort_on", how="left")
            .join(counted, on=["cohort_on", "period_on"], how="left")
            .with_columns(col("cohort_customers", "active_customers").fill_null(0))
            .select(
                "cohort_on",
                "period_on",
                (col("number").cast(pl.Int64) - col("cohort_number")).alias("period_number"),
                "cohort_customers",
                "active_customers",
                ppm("active_customers", "cohort_customers").alias("retention_ppm"),
            )
            .lazy()
        )


def _quintile(values: pl.Series) -> pl.Series:
    """1 to 5; a value up to less than one above an edge still belongs below it."""
    ordered = values.sort()
    score = pl.Series([1] * len(values), dtype=pl.Int64)
    for tenths in (2, 4, 6, 8):
        place = (len(values) - 1) * (tenths / 10)
        low, high = ordered[int(place)], ordered[min(int(place) + 1, len(values) - 1)]
        score += (values >= low + (high - low) * (place - int(place)) + 1).cast(pl.Int64)
    return score
