"""The core in pandas: who is who, orders, RFM, lifecycle and cohorts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DAY = pd.Timedelta(days=1)


def text(values: pd.Series) -> pd.Series:
    """Without blanks around it; an empty text is none."""
    trimmed = values.str.strip()
    return trimmed.where(trimmed != "")


def ppm(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Millionths, rounded half up; nothing of nothing."""
    some = whole.where(whole > 0).astype("Int64")
    return (2_000_000 * part.astype("Int64") + some) // (2 * some)


def newest_per_key(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Of a key that came twice the delivery that arrived last; only what repeats is sorted."""
    repeats = rows.duplicated(key, keep=False)
    newest = rows[repeats].sort_values("loaded_at", ascending=False).drop_duplicates(key)
    return pd.concat([rows[~repeats], newest])


class Orders:
    """What needs no events. The steps share who is who, the rules and the day."""

    def __init__(self, files: Path, people: Path, rules: Path, as_of: str) -> None:
        self.files, self.rules = files, rules
        self.as_of = pd.Timestamp(as_of)
        known = pd.read_parquet(people)
        self.everybody = pd.Index(known["customer_id"].unique(), name="customer_id")
        mailable = known["identifier_type"] == "may be mailed"
        self.subscribers = known.loc[mailable, "customer_id"]
        by_type = {
            kind: rows.set_index("identifier_value")["customer_id"]
            for kind, rows in known.groupby("identifier_type")
        }
        self.by_record, self.by_email = by_type["customer_id"], by_type["email"]
        self.by_visitor = by_type["anonymous_id"]

    def read(self, table: str, columns: list[str]) -> pd.DataFrame:
        """Columns of a raw table."""
        return pd.read_parquet(self.files / f"{table}.parquet", columns=columns)

    def thresholds(self, seed: str) -> pd.Series:
        """The settings of a seed by their names."""
        return pd.read_csv(self.rules / f"{seed}.csv").set_index("threshold")["setting"]

    def plausible(self, rows: pd.DataFrame, time: str) -> pd.DataFrame:
        """Before the day, and not later than a day after it arrived."""
        known = rows["loaded_at"].isna() | (rows[time] <= rows["loaded_at"] + DAY)
        return rows[(rows[time] < self.as_of) & known]

    def purchases(self) -> pd.DataFrame:
        """Orders that count, in cents of the euro."""
        amounts = ["order_amount", "discount_amount", "refunded_amount"]
        orders = self.read(
            "orders",
            ["order_id", "source_customer_id", "email", "ordered_at", "order_status", "currency",
             "is_test", "refunded_at", "cancelled_at", "loaded_at", *amounts],
        )  # fmt: skip
        orders = self.plausible(newest_per_key(orders, ["order_id"]), "ordered_at")
        status = text(orders["order_status"]).str.lower()
        cents = {name: (orders[name].astype(float) * 100).round() for name in amounts}
        counts = (
            (cents["order_amount"] >= 0)
            & ~orders["is_test"].astype("boolean").fillna(False).astype(bool)
            & (status != "pending")
            & ((status != "cancelled") | (orders["cancelled_at"] >= self.as_of))
        )
        orders = orders.assign(**cents)[counts]
        orders["currency"] = text(orders["currency"]).str.upper()
        rates = pd.read_csv(
            self.rules.parent / "demo" / "demo_exchange_rates.csv", parse_dates=["valid_from"]
        )
        rates = rates[rates["to_currency"] == "EUR"].rename(columns={"from_currency": "currency"})
        rates["rate"] = (rates["rate"] * 10**8).round().astype("int64")
        orders = pd.merge_asof(
            orders.sort_values("ordered_at"),
            rates[["currency", "valid_from", "rate"]].sort_values("valid_from"),
            left_on="ordered_at",
            right_on="valid_from",
            by="currency",
        )
        rate = orders["rate"].where(orders["currency"] != "EUR", 10**8)
        orders = orders[rate.notna()]
        rate = rate[rate.notna()].astype("int64")
        for name in amounts:
            orders[name] = (orders[name].astype("int64") * rate + 5 * 10**7) // 10**8
        record = text(orders["source_customer_id"])
        by_email = text(orders["email"]).str.lower().map(self.by_email)
        paid_back = orders["refunded_at"].fillna(orders["ordered_at"]) < self.as_of
        found = pd.DataFrame(
            {
                "customer_id": record.map(self.by_record).where(record.notna(), by_email),
                "ordered_on": orders["ordered_at"].dt.floor("D"),
                "order_cents": orders["order_amount"],
                "discount_cents": orders["discount_amount"],
                "refunded_cents": orders["refunded_amount"].where(paid_back, 0),
            }
        )
        return found[found["customer_id"].notna()]

    def order_features(self, purchases: pd.DataFrame) -> pd.DataFrame:
        """Sums, windows and the rhythm of purchase days; the index is the customer."""
        days = purchases[["customer_id", "ordered_on"]].drop_duplicates()
        days = days.sort_values(["customer_id", "ordered_on"])
        days["gap"] = days.groupby("customer_id")["ordered_on"].diff().dt.days
        rhythm = days.groupby("customer_id").agg(
            purchase_days=("ordered_on", "size"),
            doubled_median_gap_days=("gap", "median"),
            last_gap_days=("gap", "last"),
            days_to_second_purchase=("gap", "first"),
        )
        rhythm["doubled_median_gap_days"] *= 2
        for name in rhythm.columns:
            rhythm[name] = rhythm[name].astype("Int64")
        age = (self.as_of - purchases["ordered_on"]).dt.days
        net = purchases["order_cents"] - purchases["refunded_cents"]
        windows = {"30d": (0, 30), "90d": (0, 90), "365d": (0, 365), "prior_90d": (90, 180)}
        rows = purchases.assign(
            discounted=purchases["discount_cents"] > 0,
            refunded=purchases["refunded_cents"] > 0,
            kept_on=purchases["ordered_on"].where((purchases["refunded_cents"] == 0) | (net > 0)),
            **{f"orders_{days}d": age <= days for days in (30, 90, 365)},
            **{
                f"net_revenue_cents_{name}": net.where((age > low) & (age <= high), 0)
                for name, (low, high) in (windows | {"90d_year_ago": (365, 455)}).items()
            },
        )
        added = [name for name in rows.columns if name.startswith(("orders_", "net_revenue_"))]
        summed = rows.groupby("customer_id").agg(
            orders=("order_cents", "size"),
            revenue_cents=("order_cents", "sum"),
            discount_cents=("discount_cents", "sum"),
            refund_cents=("refunded_cents", "sum"),
            kept_purchase_days=("kept_on", "nunique"),
            first_order_on=("ordered_on", "min"),
            last_order_on=("ordered_on", "max"),
            discounted_orders=("discounted", "sum"),
            refunded_orders=("refunded", "sum"),
            **{name: (name, "sum") for name in added},
        )
        return summed.join(rhythm)

    def rfm(self, orders: pd.DataFrame) -> pd.DataFrame:
        """Scores by quintiles (type 7, ties share a score) and the segment of the map."""
        buyers = pd.DataFrame(
            {
                "recency_days": (self.as_of - orders["last_order_on"]).dt.days,
                "frequency": orders["orders"],
                "monetary_cents": orders["revenue_cents"] - orders["refund_cents"],
            }
        )
        buyers["recency_score"] = 6 - _quintile(buyers["recency_days"])
        buyers["frequency_score"] = _quintile(buyers["frequency"])
        buyers["monetary_score"] = _quintile(buyers["monetary_cents"] / 100)
        scores = ["recency_score", "frequency_score", "monetary_score"]
        rules = pd.read_csv(self.rules / "rfm_segment_map.csv")
        rules = rules[rules["map_name"] == "recency_frequency"]
        pairs = buyers[scores].drop_duplicates().merge(rules, how="cross")
        for name in ("recency", "frequency", "monetary"):
            score = pairs[f"{name}_score"]
            pairs = pairs[(score >= pairs[f"{name}_min"]) & (score <= pairs[f"{name}_max"])]
        named = pairs.sort_values("priority").drop_duplicates(scores)[[*scores, "rfm_segment"]]
        found = buyers.reset_index().merge(named, on=scores, how="left")
        found["rfm_segment"] = found["rfm_segment"].fillna("Others")
        return found

    def lifecycle(self, orders: pd.DataFrame) -> pd.DataFrame:
        """The stage of everybody, by the person's own rhythm, else the shop's."""
        rule = self.thresholds("lifecycle_thresholds")
        found = orders.reindex(self.everybody)
        since_last = (self.as_of - found["last_order_on"]).dt.days
        own = found["doubled_median_gap_days"].astype(float) / 2
        has_own = found["purchase_days"].astype(float) - 1 >= rule["own_rhythm_gaps"]
        enough = (orders["purchase_days"] - 1).sum() >= rule["own_rhythm_gaps"]
        rhythm = own.where(has_own, own.median() if enough else rule["default_rhythm_days"])
        rhythm = rhythm.clip(rule["shortest_rhythm_days"], rule["longest_rhythm_days"])
        no_orders = found["orders"].isna()
        returned = found["last_gap_days"].astype(float) > rule["lapsed_rhythms"] * rhythm
        stages = {
            "subscriber": no_orders & found.index.isin(self.subscribers),
            "lead": no_orders,
            "churned": since_last > rule["churned_rhythms"] * rhythm,
            "lapsed": since_last > rule["lapsed_rhythms"] * rhythm,
            "at risk": since_last > rule["at_risk_rhythms"] * rhythm,
            "won back": returned & (since_last <= rule["won_back_days"]),
            "loyal": found["kept_purchase_days"] >= rule["loyal_purchase_days"],
            "repeat": found["kept_purchase_days"] > 1,
        }
        stage = np.select(list(stages.values()), list(stages), default="new customer")
        return pd.DataFrame({"customer_id": found.index, "lifecycle_stage": stage})

    def cohorts(self, purchases: pd.DataFrame) -> pd.DataFrame:
        """Every month's first buyers and who of them bought in each month since."""
        month = purchases["ordered_on"].dt.to_period("M").rename("period_on")
        active = pd.DataFrame({"customer_id": purchases["customer_id"], "period_on": month})
        active = active.drop_duplicates()
        active["cohort_on"] = active.groupby("customer_id")["period_on"].transform("min")
        counted = active.groupby(["cohort_on", "period_on"]).size()
        months = pd.period_range(month.min(), self.as_of - DAY, freq="M")
        pairs = [(first, later) for first in months for later in months if first <= later]
        found = pd.DataFrame(pairs, columns=["cohort_on", "period_on"])
        sizes = counted[counted.index.get_level_values(0) == counted.index.get_level_values(1)]
        place = pd.MultiIndex.from_frame(found)
        own = pd.MultiIndex.from_arrays([found["cohort_on"], found["cohort_on"]])
        found["period_number"] = [(later - first).n for first, later in pairs]
        found["cohort_customers"] = sizes.reindex(own).fillna(0).astype("int64").to_numpy()
        found["active_customers"] = counted.reindex(place).fillna(0).astype("int64").to_numpy()
        found["retention_ppm"] = ppm(found["active_customers"], found["cohort_customers"])
        for name in ("cohort_on", "period_on"):
            found[name] = found[name].dt.to_timestamp()
        return found


def _quintile(values: pd.Series) -> pd.Series:
    """1 to 5; a value up to less than one above an edge still belongs below it."""
    ordered = np.sort(values.to_numpy(dtype=float))
    score = pd.Series(1, index=values.index)
    for tenths in (2, 4, 6, 8):
        place = (len(ordered) - 1) * (tenths / 10)
        low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
        score += (values >= low + (high - low) * (place - int(place)) + 1).astype(int)
    return score
