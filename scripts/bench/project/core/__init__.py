"""The core of a segmentation by hand, three times: in DuckDB SQL, in polars and in pandas.

Orders and RFM, lifecycle, cohorts, web features over sessions, e-mail features. Each takes the raw
files, who is who (`people`, as the identity models found it) and the rules, and writes one Parquet
file per table of TABLES; the same numbers, which `compare` checks. Money is in cents, shares in
millionths.
"""

TABLES = ("order_features", "rfm", "lifecycle", "cohorts", "web_features", "email_features")
