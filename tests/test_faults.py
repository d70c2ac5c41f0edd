"""The seeded faults are still there to be seeded; whether tests catch them takes minutes: `make faults`."""

import runpy
from pathlib import Path

HERE = Path(__file__).parent
SEEDED = runpy.run_path(str(HERE / "faults.py"))


def test_every_fault_has_its_place_and_its_tests() -> None:
    """Forty, each text once in the sources; a formula that has changed wants its text in faults.py changed."""
    faults, places = SEEDED["FAULTS"], SEEDED["places"]

    assert len({fault.name for fault in faults}) == len(faults) == 40
    assert {fault.name: len(places(fault.text)) for fault in faults} == dict.fromkeys((f.name for f in faults), 1)
    assert [f.name for f in faults for name in f.tests.split() if not [*HERE.rglob(name)]] == []
    assert all(fault.text != fault.faulty for fault in faults)
