"""Short trainings of the field's programs, as their documentation shows them; each is made, then run for some steps.

A client is imported where its training is made, since each runs in a process of its own.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 20
QUIET = {"enable_progress_bar": False, "logger": False, "enable_checkpointing": False, "enable_model_summary": False}


def _series(count: int = 400) -> np.ndarray:
    """A season with noise."""
    t = np.arange(count)
    return np.sin(t / 6) + 0.1 * np.random.default_rng(0).standard_normal(count)


def skorch(kind: str) -> Callable[[], object]:
    """A regressor on windows of a series."""
    from skorch import NeuralNetRegressor
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = getattr(nn, kind)(1, 32, num_layers=2, dropout=0.2, batch_first=True)
            self.head = nn.Linear(32, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.rnn(x)[0][:, -1])

    windows = np.lib.stride_tricks.sliding_window_view(_series(700), 41)
    dtype = np.dtype(str(torch.get_default_dtype()).removeprefix("torch."))
    x, y = windows[:640, :-1, None].astype(dtype), windows[:640, -1:].astype(dtype)
    torch.manual_seed(0)
    net = NeuralNetRegressor(Net, max_epochs=1, batch_size=32, train_split=None, verbose=0, optimizer=torch.optim.Adam)
    return lambda: net.fit(x, y)


def recurrent_ppo() -> Callable[[], object]:
    """sb3-contrib's recurrent policy on the cart and its pole: one step a call while it plays."""
    from sb3_contrib import RecurrentPPO

    model = RecurrentPPO(
        "MlpLstmPolicy", "CartPole-v1", n_steps=64, batch_size=32, n_epochs=10, seed=0, device="cpu",
        policy_kwargs={"lstm_hidden_size": 64},
    )  # fmt: skip
    return lambda: model.learn(64)


def forecasting(kind: str) -> Callable[[], object]:
    """pytorch-forecasting's recurrent network or DeepAR on five series."""
    import lightning.pytorch as pl
    import pandas as pd
    from pytorch_forecasting import DeepAR, RecurrentNetwork, TimeSeriesDataSet
    from pytorch_forecasting.data import GroupNormalizer

    frame = pd.concat(
        [pd.DataFrame({"time": np.arange(120), "group": str(k), "value": _series(120) + k}) for k in range(5)],
        ignore_index=True,
    )
    known = {"time_varying_known_reals": ["time"]} if kind == "deepar" else {}
    data = TimeSeriesDataSet(
        frame, time_idx="time", target="value", group_ids=["group"], max_encoder_length=24, max_prediction_length=6,
        min_encoder_length=12, time_varying_unknown_reals=["value"],
        target_normalizer=GroupNormalizer(groups=["group"]), **known,
    )  # fmt: skip
    torch.manual_seed(0)
    model = {"deepar": DeepAR, "lstm": RecurrentNetwork, "gru": RecurrentNetwork}[kind].from_dataset(
        data, hidden_size=32, rnn_layers=2, dropout=0.1, cell_type="GRU" if kind == "gru" else "LSTM"
    )
    loader = data.to_dataloader(train=True, batch_size=32, num_workers=0)
    trainer = pl.Trainer(max_steps=STEPS, accelerator="cpu", gradient_clip_val=0.1, **QUIET)
    return lambda: trainer.fit(model, loader)


def neuralforecast(kind: str, **options: Any) -> Callable[[], object]:
    """One of neuralforecast's recurrent models on two series."""
    import pandas as pd
    from neuralforecast import NeuralForecast, models

    frame = pd.concat(
        pd.DataFrame({"unique_id": str(k), "ds": np.arange(300), "y": _series(300) + k}) for k in range(2)
    )
    precision = "64-true" if torch.get_default_dtype() is torch.float64 else "32-true"
    shared = {"max_steps": STEPS, "accelerator": "cpu", "precision": precision, **QUIET}
    if kind == "DeepAR":
        options |= {"h": 6, "input_size": 24, "lstm_hidden_size": 32, "trajectory_samples": 5}
    else:
        options |= {"h": 12, "input_size": 48, "encoder_hidden_size": 64}
    torch.manual_seed(0)
    model = getattr(models, kind)(**shared, **options)
    forecaster = NeuralForecast(models=[model], freq=1)
    return lambda: forecaster.fit(frame)


def darts(kind: str, block: bool) -> Callable[[], object]:
    """One of darts' recurrent models on a series."""
    from darts import TimeSeries
    from darts.models import BlockRNNModel, RNNModel

    series = TimeSeries.from_values(_series(360).astype(str(torch.get_default_dtype()).removeprefix("torch.")))
    shared = {
        "model": kind, "hidden_dim": 32, "n_rnn_layers": 2, "dropout": 0.1, "batch_size": 16, "n_epochs": 1,
        "random_state": 0, "pl_trainer_kwargs": {"accelerator": "cpu", **QUIET},
    }  # fmt: skip
    model = (
        BlockRNNModel(input_chunk_length=24, output_chunk_length=6, **shared) if block
        else RNNModel(input_chunk_length=24, training_length=30, **shared)
    )  # fmt: skip
    return lambda: model.fit(series)


WORDS = "the a dog cat man woman sees hears likes small old red house garden quickly never and".split()


def flair(kind: str) -> Callable[[], object]:
    """Flair's tagger of sequences, on made sentences."""
    os.environ.setdefault("FLAIR_CACHE_ROOT", tempfile.mkdtemp())
    import flair as client
    from flair.data import Corpus, Sentence
    from flair.datasets import FlairDatapointDataset
    from flair.embeddings import OneHotEmbeddings
    from flair.models import SequenceTagger

    client.device = torch.device("cpu")
    logging.getLogger("flair").setLevel(logging.ERROR)
    rng, sentences = np.random.default_rng(0), []
    for _ in range(160):
        sentence = Sentence(list(rng.choice(WORDS, int(rng.integers(3, 15)))))
        for token in sentence:
            token.add_label("pos", "X" if len(token.text) > 3 else "Y")
        sentences.append(sentence)
    train_part, dev = FlairDatapointDataset(sentences), FlairDatapointDataset(sentences[:8])
    corpus = Corpus(train=train_part, dev=dev, sample_missing_splits=False)
    torch.manual_seed(0)
    with contextlib.redirect_stdout(io.StringIO()):
        embeddings = OneHotEmbeddings.from_corpus(corpus, min_freq=1, embedding_length=24)
        tags = corpus.make_label_dictionary("pos", add_unk=False)
        tagger = SequenceTagger(embeddings, tags, "pos", rnn_type=kind, hidden_size=48, rnn_layers=2, use_crf=False)
    optimizer = torch.optim.Adam(tagger.parameters())

    def train() -> None:
        for k in range(STEPS):
            optimizer.zero_grad()
            loss, _ = tagger.forward_loss(sentences[8 * k % 160 :][:8])
            loss.backward()
            optimizer.step()

    return train


def word_model(kind: str, weight_drop: bool) -> Callable[[], object]:
    """A language model in the manner of PyTorch's examples: the state goes on from part to part, gradients are clipped.

    With ``weight_drop`` a wrapper takes the recurrent weights out of the layer and puts them back, some of them 0, at
    every call, as AWD-LSTM does (Merity, Keskar and Socher 2018, arXiv:1708.02182).
    """
    from torch import nn

    torch.manual_seed(0)
    words, rnn = 50, getattr(nn, kind)(24, 48, 2, dropout=0.2)
    embedding, decoder = nn.Embedding(words, 24), nn.Linear(48, words)
    drop = nn.Dropout(0.2, inplace=kind == "GRU")  # torch's own LSTM of float32 refuses outputs changed in place
    text = torch.randint(0, words, (20 * STEPS + 1, 8))
    if weight_drop:
        raw = nn.Parameter(rnn.weight_hh_l0.detach())
        del rnn._parameters["weight_hh_l0"]
        rnn.weight_hh_l0, rnn.raw, rnn.flatten_parameters = raw.detach(), raw, lambda: None
    parameters = [*embedding.parameters(), *rnn.parameters(), *decoder.parameters()]

    def train() -> None:
        state = None
        for k in range(STEPS):
            if weight_drop:
                rnn.weight_hh_l0 = nn.functional.dropout(raw, 0.3)
                rnn._flat_weights = [getattr(rnn, name) for name in rnn._flat_weights_names]
            part, target = text[20 * k :][:20], text[20 * k + 1 :][:20]
            output, state = rnn(drop(embedding(part)), state)
            loss = nn.functional.cross_entropy(decoder(drop(output)).flatten(0, 1), target.flatten())
            for parameter in parameters:
                parameter.grad = None
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 0.25)
            with torch.no_grad():
                for parameter in parameters:
                    parameter -= 2.0 * parameter.grad
            state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()

    return train


def waves(kind: str) -> Callable[[], object]:
    """Two cells in a loop over steps of shifted sines, trained by L-BFGS, then run on from what they say themselves."""
    from torch import nn

    torch.manual_seed(0)
    cells = nn.ModuleList([getattr(nn, kind)(1, 51), getattr(nn, kind)(51, 51)])
    head, starts = nn.Linear(51, 1), torch.arange(40)[:, None] * 0.7
    series = torch.sin((torch.arange(60)[None] + starts) / 6)
    optimizer = torch.optim.LBFGS([*cells.parameters(), *head.parameters()], lr=0.8)

    def said(ahead: int) -> torch.Tensor:
        states: list[Any] = [None, None]
        outputs: list[torch.Tensor] = []
        for step in range(59 + ahead):
            x = series[:, step : step + 1] if step < 59 else outputs[-1]
            for depth, cell in enumerate(cells):
                states[depth] = cell(x, states[depth])
                x = states[depth][0] if kind == "LSTMCell" else states[depth]
            outputs.append(head(x))
        return torch.cat(outputs, 1)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(said(0), series[:, 1:])
        loss.backward()
        return loss

    def train() -> None:
        optimizer.step(closure)
        with torch.no_grad():
            said(40)

    return train


def translator(kind: str) -> Callable[[], object]:
    """An encoder of whole sentences and a decoder of one word a call, which reads its own words half of the time."""
    from torch import nn

    torch.manual_seed(0)
    words, wide = 300, 64
    tables = nn.ModuleList([nn.Embedding(words, 32) for _ in range(2)])
    layers = nn.ModuleList([getattr(nn, kind)(32, wide, 2, dropout=0.5) for _ in range(2)])
    head, dropout = nn.Linear(wide, words), nn.Dropout(0.5)
    parameters = [*tables.parameters(), *layers.parameters(), *head.parameters()]
    for parameter in parameters:
        nn.init.uniform_(parameter, -0.08, 0.08)
    optimizer = torch.optim.Adam(parameters)
    given, wanted = torch.randint(words, (STEPS, 22, 32)), torch.randint(words, (STEPS, 21, 32))
    own = np.random.default_rng(0).random((STEPS, 21)) < 0.5

    def train() -> None:
        for step in range(STEPS):
            _, state = layers[0](dropout(tables[0](given[step])))
            word, outputs = wanted[step, 0], []
            for place in range(1, 21):
                output, state = layers[1](dropout(tables[1](word[None])), state)
                outputs.append(head(output[0]))
                word = outputs[-1].argmax(1) if own[step, place] else wanted[step, place]
            loss = nn.functional.cross_entropy(torch.cat(outputs), wanted[step, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()

    return train


TRAININGS: dict[str, Callable[[], Callable[[], object]]] = {
    "word model GRU": partial(word_model, "GRU", False),
    "word model LSTM with weight drop": partial(word_model, "LSTM", True),
    "time series LSTMCell": partial(waves, "LSTMCell"),
    "time series GRUCell": partial(waves, "GRUCell"),
    "time series RNNCell": partial(waves, "RNNCell"),
    "translator LSTM": partial(translator, "LSTM"),
    "translator GRU": partial(translator, "GRU"),
    "skorch LSTM": partial(skorch, "LSTM"),
    "skorch GRU": partial(skorch, "GRU"),
    "sb3-contrib RecurrentPPO": recurrent_ppo,
    "pytorch-forecasting RecurrentNetwork LSTM": partial(forecasting, "lstm"),
    "pytorch-forecasting RecurrentNetwork GRU": partial(forecasting, "gru"),
    "pytorch-forecasting DeepAR": partial(forecasting, "deepar"),
    "neuralforecast LSTM": partial(neuralforecast, "LSTM"),
    "neuralforecast LSTM recurrent": partial(neuralforecast, "LSTM", recurrent=True),
    "neuralforecast GRU": partial(neuralforecast, "GRU"),
    "neuralforecast RNN": partial(neuralforecast, "RNN"),
    "neuralforecast DeepAR": partial(neuralforecast, "DeepAR"),
    "darts RNNModel LSTM": partial(darts, "LSTM", False),
    "darts RNNModel GRU": partial(darts, "GRU", False),
    "darts BlockRNNModel GRU": partial(darts, "GRU", True),
    "flair SequenceTagger LSTM": partial(flair, "LSTM"),
    "flair SequenceTagger GRU": partial(flair, "GRU"),
}
"""By name: makes a training, which begins when it is called."""
