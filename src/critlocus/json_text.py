"""JSON as the standard has it: no NumPy types, and no numbers that are not finite."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def json_text(value: Any) -> str:
    """Return a value as JSON; see `plain` for what becomes of arrays, infinities and NaN."""
    return json.dumps(plain(value), allow_nan=False)


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: no NumPy types, and null for numbers that are not finite."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
