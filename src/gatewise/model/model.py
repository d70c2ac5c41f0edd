"""The trained model a comparison hands over: predict, save, load; no pickle anywhere."""

from __future__ import annotations

import json
import warnings
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars.selectors as cs
import safetensors.numpy
import torch
from pydantic import JsonValue, ValidationError

from gatewise.arms import title
from gatewise.data.digits import telling
from gatewise.display import page
from gatewise.errors import InputError, PredictionNote
from gatewise.languages import mark, say, say_count, speaking
from gatewise.model.continued import Speaker, brought, generated, joined, next_table
from gatewise.model.ensemble import averaged, in_one, out_of
from gatewise.model.network import Network, tensors
from gatewise.model.next_frames import frames_table
from gatewise.rules.anchor import PREFIX, Anchor, Anchored
from gatewise.rules.protocol import Fitted
from gatewise.rules.score import back, outputs
from gatewise.run.card import ModelCard
from gatewise.run.plan import Shape
from gatewise.run.upgrade import upgraded
from gatewise.run.write import write_bytes, write_text
from gatewise.tasks import named, whole_task
from gatewise.tasks.next_frame import NextFrame
from gatewise.tasks.next_symbol import NextSymbol, SymbolSection
from gatewise.text import listed
from gatewise.understand import own_data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from gatewise.data.series import Series
    from gatewise.run.card import Bands, Trained
    from gatewise.run.plan import DataPlan
    from gatewise.tasks.protocol import Fresh, Learned


TASKS = {
    "classify": mark("classify"),
    "regress": mark("regress"),
    "classify-steps": mark("classify steps"),
    "regress-steps": mark("regress steps"),
    "next-symbol": mark("next symbol"),
    "next-frame": mark("next frame"),
}
"""What models do, by task; of a forecast its targets say it."""


@dataclass(frozen=True)
class Model:
    """A trained model, or a fitted simple rule, with everything it needs to predict on new data.

    Attributes:
        cell: The arm's label; of a simple rule its name, or ``baseline`` for the one to beat.
        task: Name of the task.
        section: What the plan says of this task alone: columns and horizon, or classes.
        data: What it was trained on: channels, window, outputs.
        learned: Scales and imputation from what it was trained on.
        networks: The networks, whose answers are averaged: one, or an ensemble; none for a simple rule.
        rule: The simple rule; None for networks.
        plan_sha256: The comparison it comes from.
        anchor: What the networks' forecasts start from; None where they have none.
        trained: What it was trained on, and how long; None where an older gatewise wrote it.
        decimals: Decimals of each target in the data, by the column that predictions of it have.
        bands: Bands around its forecasts; None where there are none.
        run: The run folder that it was read from; None for a model that was not.
    """

    cell: str
    task: str
    section: dict[str, JsonValue]
    data: DataPlan
    learned: Learned
    networks: tuple[Network, ...]
    rule: Fitted | None
    plan_sha256: str
    anchor: Anchor | None = None
    trained: Trained | None = None
    decimals: dict[str, int] = field(default_factory=dict)
    bands: Bands | None = None
    run: Path | None = None

    def __repr__(self) -> str:
        """One line: what it is, and what it tells."""
        with speaking("en"):
            return f"<Model {self.title}: {self._tells}; {self._size}>"

    def _repr_html_(self) -> str:
        """What a notebook shows; nothing is loaded for it."""
        rows: list[tuple[str, object]] = [(say("tells"), self._tells), (say("reads"), listed(self.data.features))]
        rows.append((say("size"), self._size))
        if self.anchor is not None and self.anchor.rule is not None:
            rows.append((say("starts from"), say("the simple rule {rule}", rule=self.anchor.rule.name)))
        if self.trained is not None:
            rows.append((say("learned"), self.trained.sentence))
        rows.append((say("next"), page.code(".predict(DATA)")))
        return page.block(page.headline(self.title), page.definitions(rows))

    @property
    def _tells(self) -> str:
        """What it predicts, in a few words."""
        section: dict[str, Any] = self.section
        if "targets" in section and "horizon" in section:
            return say_count(
                "{targets}, {count} step ahead",
                "{targets}, {count:,} steps ahead",
                section["horizon"],
                targets=listed(section["targets"]),
            )
        task = say(TASKS[self.task]) if self.task in TASKS else self.task
        if classes := len(section.get("classes", ())):
            return say_count("{task}, {count} class", "{task}, {count:,} classes", classes, task=task)
        return task

    @property
    def _size(self) -> str:
        """Units and parameters; of a simple rule that it is one."""
        if self.network is None:
            return say("a simple rule")
        count = sum(parameter.numel() for parameter in self.network.parameters())
        units = say_count("{count} unit", "{count:,} units", self.network.layer.hidden_size)
        size = f"{units}, {say_count('{count} parameter', '{count:,} parameters', count)}"
        several = len(self.networks)
        return say("{several} networks of {size}", several=several, size=size) if several > 1 else size

    @property
    def network(self) -> Network | None:
        """The network, of an ensemble the first one; None for a simple rule."""
        return self.networks[0] if self.networks else None

    @property
    def title(self) -> str:
        """What a reader calls it: LSTM, ridge."""
        return title(self.cell) if self.rule is None else self.rule.name

    def predict(self, source: object = None, *, double: bool = False) -> pl.DataFrame:
        """Predict on new data, or go on from those of the run.

        Args:
            source: None forecasts what comes after the data of the run that the model was read from. Forecast: a table
                (path or frame) like the one the model was trained on, at least ``window`` rows of each series; the
                ``horizon`` steps after the last known target are forecast, whether rows stand there without it or not.
                Else: sequences (path or arrays) with the channels the model was trained on.
            double: Whether to compute in float64: what is predicted of a row then does not depend on those beside it,
                which in float32 may change its last digits.

        Returns:
            Forecast: the columns that name the series, if there are several, the time column, carried on (or ``step``),
            and the targets, each with the bounds of its 80 and 95 % bands (``sales_lo80``, ``sales_hi80``, ...) where
            enough test windows tell them; ``horizon`` rows for each series. A `PredictionNote` says what else is to be
            known.
            Classification: ``example``, ``predicted`` and a column ``p(class)`` for each class, a row a sequence.
            Next frames: a row a piece, with the channels that are likely on next and a column ``p(channel)`` for each.
            Next symbols: the likeliest ones after each text or case, with their probabilities.

        Raises:
            DataError: The data do not fit the model.
            InputError: There are no data to go on from, or they were changed.
        """
        if self.task == NextFrame.name:
            return self._next_frames(source)
        if self.task == NextSymbol.name:
            return next_table(self.speaker, self._texts(source))
        source = self._own() if source is None else source
        rule = self.rule or (self.anchor.rule if self.anchor else None)
        looked_at = back(rule) if rule is not None else 0
        fresh = whole_task(self.task).fresh(self.data, self.section, self.learned, source, looked_at)
        for note in fresh.notes:
            warnings.warn(note, PredictionNote, stacklevel=2)
        table = fresh.table(self._outputs(fresh, double=double))
        return table if self.bands is None or fresh.banded is None else fresh.banded(table, self.bands)

    def generate(
        self, source: object = None, count: int = 200, *, temperature: float = 1.0, seed: int = 0
    ) -> list[str]:
        """Go on with texts or cases, symbol after symbol, each drawn by its probability.

        Args:
            source: Texts (a list of str), or what was compared on read as that was; None begins a new one.
            count: Symbols of each at most.
            temperature: Below 1 the likely becomes likelier still, above 1 less likely.
            seed: The same seed gives the same texts.

        Returns:
            What comes after each text, words joined by spaces and events by commas.

        Raises:
            InputError: The model tells no symbols, or the texts do not fit it.
        """
        speaker = self.speaker
        found = generated(speaker, None if source is None else self._texts(source), count, temperature, seed)
        return [joined(symbols, speaker.section.unit) for symbols in found]

    @property
    def speaker(self) -> Speaker:
        """What tells the next symbol.

        Raises:
            InputError: The model tells no symbols.
        """
        if self.task != NextSymbol.name:
            raise InputError(f"--generate goes on with texts or events; this model was trained for {self.task}")
        return Speaker(self.networks, self.rule, SymbolSection.model_validate(self.section))

    def _texts(self, source: object) -> Sequence[Sequence[str]]:
        """The texts or cases that the user brings."""
        if source is None:
            run = self.run or "RUN"
            raise InputError(
                f"which {self.section['called']} is to be gone on with? Type: gatewise predict {run} FILE; or gatewise"
                f" predict {run} --generate 200, which begins a new one"
            )
        return brought(source, self.speaker.section)

    def _outputs(self, fresh: Fresh, *, double: bool) -> NDArray[Any]:
        """What the model answers, in the task's own unit, shape (N, outputs)."""
        if self.rule is not None:
            return outputs(self.rule, fresh.examples, fresh.ids)
        networks = [deepcopy(network).double() for network in self.networks] if double else self.networks
        x, lengths = tensors(*fresh.examples.inputs(fresh.ids))
        with torch.inference_mode():
            said = [network(x.double() if double else x, lengths).numpy() for network in networks]
        out = averaged(said, shares=named(self.task).labelled)
        return Anchored(fresh.examples, self.anchor).plain(out, fresh.ids)

    def _next_frames(self, source: object) -> pl.DataFrame:
        """What is on after the last frame of each piece that the user brings."""
        if source is None:
            raise InputError(f"which pieces are to be gone on with? Type: gatewise predict {self.run or 'RUN'} FILE")
        return frames_table(self.networks, self.rule, self.section, self.data.features, source)

    def _own(self) -> Series:
        """The data of the run."""
        if self.run is None:
            raise InputError(
                "this model was not read from a run folder and has no data to go on from. Type: model.predict(DATA)"
            )
        return own_data(self.run)

    def shown(self, predicted: pl.DataFrame) -> pl.DataFrame:
        """Predictions rounded for a reader: to the decimals of the data, or as many as tell the numbers apart."""
        return predicted.with_columns(
            column.round(max(self._decimals(column.name), telling(column.to_numpy())))
            for column in predicted.select(cs.float()).iter_columns()
        )

    def _decimals(self, column: str) -> int:
        """Decimals in the data of what a column predicts; shares of classes are none of the data's."""
        return max(
            (n for name, n in self.decimals.items() if column == name or column.startswith(f"{name}_")), default=0
        )

    def save(self, folder: Path) -> None:
        """Write model.safetensors and model.json into ``folder``, made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        card, weights = self.stored()
        write_bytes(folder / "model.safetensors", weights)
        write_text(folder / "model.json", card)

    def stored(self) -> tuple[str, bytes]:
        """What model.json and model.safetensors hold, everything that `revived` needs."""
        arrays: dict[str, NDArray[Any]]
        if self.rule is not None:
            arrays = dict(self.rule.arrays)
        else:
            arrays = in_one([{k: v.numpy() for k, v in each.state_dict().items()} for each in self.networks])
        anchor, more = (None, {}) if self.anchor is None else self.anchor.stored()
        card = ModelCard(
            cell=self.cell,
            rule=self.rule.name if self.rule else None,
            hidden_size=self.network.layer.hidden_size if self.network else 0,
            members=max(1, len(self.networks)),
            shape=self.network.shape if self.network else Shape(),
            task=self.task,
            section=self.section,
            data=self.data,
            learned=json.loads(json.dumps(asdict(self.learned), default=np.ndarray.tolist)),
            trained=self.trained,
            decimals=self.decimals,
            bands=self.bands,
            plan_sha256=self.plan_sha256,
            anchor=anchor,
        )
        # safetensors writes memory as it lies, whatever the order of the axes.
        laid = {name: np.ascontiguousarray(array) for name, array in (arrays | more).items()}
        return card.model_dump_json(indent=2) + "\n", safetensors.numpy.save(laid)


def load(folder: Path) -> Model:
    """Read a model that `Model.save` wrote.

    Raises:
        InputError: There is no model in the folder, or it is damaged.
    """
    try:
        return revived((folder / "model.json").read_bytes(), (folder / "model.safetensors").read_bytes())
    except (OSError, ValueError, KeyError, TypeError, ValidationError, safetensors.SafetensorError) as error:
        raise InputError(
            f"{folder} holds no model that can be read: {error}. Expected: a folder under models/"
        ) from error


def revived(stored: str | bytes, weights: bytes) -> Model:
    """The model that `Model.stored` wrote down as ``stored``, the JSON, and ``weights``, the safetensors."""
    card = ModelCard.model_validate_json(json.dumps(upgraded("model", json.loads(stored))))
    arrays = safetensors.numpy.load(weights)
    learned = named(card.task).learned(card.learned)
    about = (card.cell, card.task, card.section, card.data, learned)
    if card.rule is not None:
        return Model(
            *about, (), Fitted(card.rule, arrays), card.plan_sha256, None, card.trained, card.decimals, card.bands
        )
    anchor = None if card.anchor is None else Anchor.of(card.anchor, arrays)
    members = out_of({name: value for name, value in arrays.items() if not name.startswith(PREFIX)}, card.members)
    networks = tuple(_network(card, own) for own in members)
    return Model(*about, networks, None, card.plan_sha256, anchor, card.trained, card.decimals, card.bands)


def _network(card: ModelCard, arrays: dict[str, NDArray[Any]]) -> Network:
    """The network with the weights ``arrays``."""
    sizes = card.data.channels, card.hidden_size, card.data.outputs
    network = Network(card.cell, *sizes, torch.Generator(), card.shape)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    return network
