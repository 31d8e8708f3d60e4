"""`privacy.fold` of whole columns."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from segctl.privacy import PLAIN, fold


def fold_column(values: pa.Array) -> pa.Array:
    """`fold` of many values; all but a few are plain, which takes no Python."""
    texts = values.cast(pa.string())
    folded = pc.ascii_lower(texts)
    odd = pc.invert(pc.match_substring_regex(texts, PLAIN))
    if not pc.any(odd).as_py():
        return folded
    chosen = texts.filter(odd).to_pylist()
    mended = pa.array([None if text is None else fold(text) for text in chosen], pa.string())
    return pc.replace_with_mask(folded, odd.fill_null(False), mended)
