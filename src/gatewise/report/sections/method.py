"""How this was done: the plan in words and as JSON, and the environment it ran in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.languages import say
from gatewise.report import method
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object]:
    """The plan's terms, and the environment's entries with their path."""
    return {
        "terms": method.terms(given.plan, given.verdict),
        "environment": list(_flat(given.environment)),
        "kernels": _kernels(given),
    }


def _kernels(given: Given) -> str:
    """The code path that computed the cells, and the processor it ran on."""
    path, found = given.verdict.costs.kernel, given.environment
    if found.get("processor"):
        return say("{path}, on {processor}.", path=path, processor=found["processor"])
    return f"{path}."


def _flat(table: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Entries of nested tables with their path: ``("cuda.device", "none")``; packages by their name alone."""
    for key, value in table.items():
        name = f"{above}.{key}" if above and above != "packages" else str(key)
        if isinstance(value, dict):
            yield from _flat(value, name)
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


SECTION = Section("method.html", values)
