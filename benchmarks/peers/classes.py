"""Classes of texts and sounds beside a plain GRU of PyTorch's: the same sequences, split and size, trained to its end.

    python benchmarks/peers/classes.py DATA [NAME ...]     DATA has the sets; a line of results/classes.jsonl a fit
    python benchmarks/peers/classes.py DATA --only gru lstm          without the plain network, which takes long

The plain network is the usual one: `nn.Embedding` for symbols, `nn.GRU`, a linear head on each sequence's last state,
Adam at 0.001, batches of 32, gradients clipped at 1. It learns from what gatewise tunes on and ends when `PATIENCE`
passes bring no better balanced accuracy on the part that validates; the best weights are tested. Of gatewise the
default configuration is trained, as a pair of `--fits 4` is. Both have as many parameters, equal tables apart.
Told are the accuracy and the mean over classes of each one's accuracy (balanced); processor seconds of one thread.
"""

from __future__ import annotations

import argparse
import json
import time
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.experiment.learner import Learner, Start
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.experiment.train import along_cosine
from gatewise.run.options import Options, options
from gatewise.run.row import part
from gatewise.tasks import on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gatewise.run.plan import Plan
    from gatewise.tasks.classify import Classify

SETS: dict[str, tuple[str, dict[str, Any]]] = {
    "sms-spam": ("sms-spam/sms.tsv", {}),
    "names-by-nationality": ("names-by-nationality/names", {}),
    "free-spoken-digits": ("free-spoken-digits", {"name_pattern": "{label}_{group}_{index}.wav"}),
    "review-polarity": ("review-polarity/review_polarity.tar.gz", {}),
}
"""Name -> path below DATA, what is asked."""

CONTESTANTS = ("torch-gru", "gru", "lstm")
RESULTS = Path(__file__).parents[1] / "results" / "classes.jsonl"
BATCH, RATE, CLIP = 32, 0.001, 1.0
PATIENCE, MOST = 15, 100
"""Passes without a better validation score that end the plain network's training, and passes at most."""


class Ready(NamedTuple):
    """A set that is ready to be learned from."""

    plan: Plan
    task: Classify


def ready(path: Path, asked: dict[str, Any]) -> Ready:
    """The plan that four fits make of a set, and the task on it."""
    found: Options = options(fits=4, **asked)
    data = look(path, part(found, Reading))
    plan = make_plan(draft(data, found), found, Purse("fits", 4))
    task: Any = on(data, plan.setting)
    return Ready(plan, task)


def scores(task: Classify, outputs: NDArray[Any], ids: NDArray[np.int64]) -> dict[str, float]:
    """Accuracy, and the mean over classes of each one's."""
    said, true = outputs.argmax(axis=1), task.labels[ids]
    each = [float((said[true == name] == name).mean()) for name in np.unique(true)]
    return {"accuracy": round(float((said == true).mean()), 4), "balanced": round(float(np.mean(each)), 4)}


def ours(found: Ready, cell: str, split: int) -> dict[str, Any]:
    """The default configuration of a cell, as a pair trains it."""
    plan, task = found
    parts, began = task.parts(split, "pair", 0), time.process_time()
    start = Start(cell, plan.hidden_size[cell], plan.shape, plan.configurations[0], "", 1, 2)
    learner = Learner(task, task.examples(parts), parts.train, start)
    steps, _ = along_cosine(learner, plan.steps[cell])
    spent = round(time.process_time() - began, 1)
    return {"steps": steps, "seconds": spent, **scores(task, learner.outputs(parts.test), parts.test)}


class Plain(nn.Module):
    """A table where sequences are symbols, a layer of torch's, a head on the last state."""

    def __init__(self, plan: Plan, width: int) -> None:
        super().__init__()
        coded = plan.data.embedded
        self.table = nn.Embedding(coded[0].values + 1, coded[0].width) if coded else None
        self.layer = nn.GRU(coded[0].width if coded else plan.data.channels, width, batch_first=True)
        self.head = nn.Linear(width, plan.data.outputs)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Outputs, shape (N, classes)."""
        read = x if self.table is None else self.table(x[..., 0].long())
        _, state = self.layer(pack_padded_sequence(read, lengths, batch_first=True, enforce_sorted=False))
        found: torch.Tensor = self.head(state[-1])
        return found


def width_of(plan: Plan) -> int:
    """The plain network's width: as many parameters as the plan's GRU has, tables apart."""
    inputs, outputs = plan.shape.layer_inputs(plan.data.channels), plan.data.outputs
    wanted = plan.parameters["gru"] - plan.shape.tables
    return min(range(1, 500), key=lambda h: abs(3 * h * (inputs + h + 2) + outputs * (h + 1) - wanted))


def plain(found: Ready, split: int) -> dict[str, Any]:
    """The plain network, trained to its end."""
    plan, task = found
    parts, began = task.parts(split, "tune", 0), time.process_time()
    examples: Any = task.examples(parts)
    torch.manual_seed(0)
    network, rng = Plain(plan, width_of(plan)), np.random.default_rng(0)
    adam = torch.optim.Adam(network.parameters(), lr=RATE)
    best, since, passes, kept = -np.inf, 0, 0, deepcopy(network.state_dict())
    while since < PATIENCE and passes < MOST:
        for ids in batches(rng.permutation(parts.train)):
            adam.zero_grad(set_to_none=True)
            loss = F.cross_entropy(network(*seen(examples, ids)), torch.from_numpy(task.labels[ids]))
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            adam.step()
        passes, since = passes + 1, since + 1
        score = scores(task, answers(network, examples, parts.validation), parts.validation)["balanced"]
        if score > best:
            best, since, kept = score, 0, deepcopy(network.state_dict())
    network.load_state_dict(kept)
    spent, reached = (
        round(time.process_time() - began, 1),
        scores(task, answers(network, examples, parts.test), parts.test),
    )
    return {"passes": passes, "seconds": spent, **reached}


def batches(ids: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The examples, `BATCH` at once."""
    for place in range(0, len(ids), BATCH):
        yield ids[place : place + BATCH]


def seen(examples: Any, ids: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
    """What the network reads, and its lengths."""
    x, lengths = examples.inputs(ids)
    steps = np.full(len(ids), x.shape[1]) if lengths is None else lengths
    return torch.from_numpy(x), torch.from_numpy(steps)


def answers(network: Plain, examples: Any, ids: NDArray[np.int64]) -> NDArray[Any]:
    """What the network says of the examples, shape (N, classes)."""
    with torch.inference_mode():
        return np.concatenate([network(*seen(examples, some)).numpy() for some in batches(ids)])


def main() -> None:
    """A line for each fit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="where the sets lie")
    parser.add_argument("names", nargs="*", default=[], help=f"some of {', '.join(SETS)}")
    parser.add_argument("--only", nargs="+", default=CONTESTANTS, choices=CONTESTANTS, help="who is trained")
    given = parser.parse_args()
    torch.set_num_threads(1)
    for name in given.names or SETS:
        path, asked = SETS[name]
        found = ready(given.data / path, asked)
        about = {"set": name, "split": found.plan.splits.kind, "of": found.plan.splits.count}
        for who in given.only:
            reached = plain(found, 0) if who == "torch-gru" else ours(found, who, 0)
            line = json.dumps({**about, "who": who, **reached})
            print(line, flush=True)
            with RESULTS.open("a") as file:
                file.write(line + "\n")


if __name__ == "__main__":
    main()
