"""Memory of the process that drives a comparison, over thousands of fits that cost nothing.

    python benchmarks/driver.py [FITS] [BLOCKS]

Made-up fits go the way of real ones: through `Runner` into fits.sqlite. Each leaves the losses of ``BLOCKS`` test
blocks, outputs of as many test windows, and weights. It prints the memory after every fifth of them.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.series import Series
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.experiment.runner import Runner
from gatewise.experiment.watch.quiet import Quiet
from gatewise.run.fits import Fit, FitStore, Kept
from gatewise.run.options import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Made:
    """Workers whose fits are made up."""

    count = 2

    def __init__(self, blocks: int) -> None:
        self.rng, self.blocks = np.random.default_rng(0), blocks

    def environments(self) -> list[dict[str, Any]]:
        """Nowhere."""
        return []

    def map(self, work: object, setting: object, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """A fit for each job."""
        for k, job in enumerate(items):
            losses = tuple(self.rng.random(self.blocks).tolist())
            kept = Kept(((1, 0.5),), self.rng.random((self.blocks, 24)).astype(np.float16), bytes(40_000))
            yield k, (Fit(job.key, 100, 50, False, "done", losses[:9], losses, 0.1), kept)


def memory() -> float:
    """MiB of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    """Run fifths and print."""
    fits, blocks = (int(given) for given in (*sys.argv[1:], *("5000", "100")[len(sys.argv) - 1 :]))
    rng = np.random.default_rng(1)
    data = Series(("y",), None, ("y",), rng.normal(size=(400, 1)), None, None, "made", ())
    asked = options(fits=40, window=4)
    plan = make_plan(draft(data, asked), asked, Purse("fits", 40))
    with tempfile.TemporaryDirectory() as folder, FitStore(Path(folder) / "fits.sqlite") as store:
        runner = Runner(plan, store, Made(blocks), Quiet())  # type: ignore[arg-type]
        print(f"{memory():8.1f} MiB before")
        for part in range(5):
            pairs = range(part * fits // 10, (part + 1) * fits // 10)
            chosen = plan.configurations[0].model_copy(update={"anchor": "none"})
            jobs = [runner.job("pair", cell, 0, chosen, 0, 0, pair) for pair in pairs for cell in plan.cells]
            runner.run("pairs", jobs)
            print(f"{memory():8.1f} MiB after {len(runner.fits):,} fits of {blocks} blocks", flush=True)


if __name__ == "__main__":
    main()
