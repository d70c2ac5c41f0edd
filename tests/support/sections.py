"""The section that a plan has for a forecast, made up."""

from typing import Any


def forecast_section(
    target: str = "y",
    time: str | None = None,
    duplicates: str | None = None,
    horizon: int = 1,
    season: int = 1,
    **changes: Any,
) -> dict[str, Any]:
    """One series of one target; ``changes`` replace fields."""
    return {
        "targets": [target],
        "reading": {"target": target, "time": time, "duplicates": duplicates},
        "horizon": horizon,
        "seasons": [season] if season > 1 else [],
        "names": [[]],
        "calendar": None,
        "zone": "",
        "ends": "",
        **changes,
    }
