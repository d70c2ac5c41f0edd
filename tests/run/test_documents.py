"""The documents' schemas are the documented ones."""

import json
from pathlib import Path

import pytest

from gatewise.run.plan import Plan
from gatewise.run.verdict import Verdict

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("name", "document"), [("plan", Plan), ("verdict", Verdict)])
def test_the_schema_in_docs_is_current(name: str, document: type[Plan] | type[Verdict]) -> None:
    """docs/NAME.schema.json is what the code checks; `make schemas` writes it."""
    assert json.loads((DOCS / f"{name}.schema.json").read_text()) == document.model_json_schema()


def test_every_field_of_the_verdict_is_described() -> None:
    """docs/run-folder.md names every top-level field."""
    page = (DOCS / "run-folder.md").read_text()

    assert [name for name in Verdict.model_fields if f"`{name}`" not in page and name != "format"] == []
