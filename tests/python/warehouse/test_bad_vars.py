"""Vars that mean nothing or contradict each other stop dbt while it parses, in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_shop import Shop

FAULTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "values": (
        {
            "segmentation_as_of": "31.01.2026",
            "segmentation_currency": "euro",
            "segmentation_rfm_method": "ntile",
            "segmentation_cohort_period": "year",
            "segmentation_earliest_day": "1900-01-01",
            "segmentation_unknown_columns": "loud",
            "segmentation_time_zone": "Mars Olympus",
            "segmentation_allowed_finding_share": 5,
            "segmentation_allowed_finding_share_by_check": {"malformed_email": -1},
            "segmentation_max_customers_per_email": 0,
            "segmentation_placeholder_ids": [0, "NULL"],
            "segmentation_till_mailboxes": "store",
            "segmentation_segments": ["vip", "repeat_buyers"],
            "segmentation_custom_segments": ["vip"],
        },
        [
            "segmentation_as_of has to be a day like 2026-01-31, not '31.01.2026'",
            "segmentation_currency has to be an ISO 4217 code in capitals like EUR, not 'euro'",
            "segmentation_rfm_method has to be one of quantile, percent_rank, fixed, not 'ntile'",
            "segmentation_cohort_period has to be one of month, week, quarter, not 'year'",
            "segmentation_earliest_day has to be a day like 1990-01-01, from 1901-01-01 on",
            "segmentation_unknown_columns has to be one of warn, error, ignore, not 'loud'",
            "segmentation_time_zone has to be an IANA name like Europe/Vienna, not 'Mars Olympus'",
            "'segmentation_allowed_finding_share' has to be a number from 0 to 1, not '5'",
            "'malformed_email' has to be a number from 0 to 1, not '-1'",
            "segmentation_max_customers_per_email has to be a whole number of at least 1, not '0'",
            "segmentation_placeholder_ids lists 0: words have to be quoted texts in small letters",
            "segmentation_placeholder_ids lists NULL: words have to be quoted texts",
            "segmentation_till_mailboxes has to be a list of words",
            "segment 'vip' is listed more than once",
        ],
    ),
    "number in words": (
        {"segmentation_identity_rounds": "many", "segmentation_currency": "KWD"},
        [
            "segmentation_identity_rounds has to be a whole number of at least 1, not 'many'",
            "sums are kept in hundredths, and KWD has thousandths. Choose a currency",
        ],
    ),
    "source without a list": (
        {"segmentation_sources": "files"},
        ["segmentation_sources has to be a list", "{my_shop: [orders, customers]}", "not 'files'"],
    ),
    "table that is none": (
        {"segmentation_sources": {"files": ["orders", "invoices"]}},
        ["files lists 'invoices'", "no table of the contract", "survey_responses"],
    ),
    "source without models": (
        {"segmentation_sources": ["files", "webshop"]},
        ["stg_webshop__", "which was not found"],
    ),
    "segments that are none": (
        {
            "segmentation_segments": ["vip", "repeat_byers", "zzz"],
            "segmentation_segments_off": ["vipp", "own"],
            "segmentation_custom_segments": ["own"],
        },
        [
            "segmentation_segments names 'repeat_byers', which is no segment of this package. "
            "Did you mean repeat_buyers? Your own segments go into segmentation_custom_segments.",
            "segmentation_segments names 'zzz', which is no segment of this package. "
            "Your own segments go into segmentation_custom_segments.",
            "segmentation_segments_off names 'vipp', which is no segment of this package. "
            "Did you mean vip?",
            "segmentation_segments_off names 'own', which is no segment of this package. "
            "Your own are in segmentation_custom_segments: take it out there.",
        ],
    ),
    "segments that are no list": (
        {
            "segmentation_segments": "vip",
            "segmentation_segments_off": {"vip": True},
            "segmentation_custom_segments": "all",
        },
        [
            "segmentation_segments has to be all, or a list like [vip, win_back], not 'vip'",
            "segmentation_segments_off has to be a list like [email_fatigue], not",
            "segmentation_custom_segments has to be a list like [big_spenders], not 'all'",
        ],
    ),
    "no segment left": (
        {"segmentation_segments": ["vip"], "segmentation_segments_off": ["vip"]},
        ["No segment is left of segmentation_segments", "name at least one"],
    ),
    "own segment beside the shipped one of its name": (
        {"segmentation_segments": "all", "segmentation_custom_segments": ["vip"]},
        ["'vip' is listed more than once", "name that in segmentation_segments_off"],
    ),
    "thresholds in another shape": (
        {
            "segmentation_thresholds": {
                "vip": 0.1,
                "high_frequency": {"minimum_orders": "three"},
                "near_store": {"within_km": True},
            }
        },
        [
            "segmentation_thresholds: say for vip which threshold, "
            "like {high_frequency: {minimum_orders: 3}}, not '0.1'",
            "minimum_orders of high_frequency has to be a number, not 'three'",
            "within_km of near_store has to be a number, not 'True'",
        ],
    ),
    "thresholds as a list": (
        {"segmentation_thresholds": ["vip"]},
        ["segmentation_thresholds has to be a mapping like {high_frequency: {minimum_orders: 3}}"],
    ),
    "segment without a model": (
        {"segmentation_custom_segments": ["big_spenders"]},
        ["segment_big_spenders", "which was not found"],
    ),
}


@pytest.mark.parametrize(("variables", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_bad_vars_stop_dbt_before_it_reads_anything(
    variables: dict[str, Any], message: list[str], package: Path, tmp_path: Path
) -> None:
    shop = Shop(tmp_path, package)
    ran = shop.dbt("build", **variables)
    assert ran.code != 0
    told = " ".join(ran.told().split())
    assert [part for part in message if part not in told] == [], ran.told()
    assert not shop.warehouse.path.exists()
