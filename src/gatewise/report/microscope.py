"""The gate microscope: one self-contained page that opens offline and shows the inside of networks, with numbers."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gatewise.arms import title
from gatewise.errors import RunError
from gatewise.languages import say
from gatewise.reference.equations import equations
from gatewise.report import spoken
from gatewise.run.write import write_text
from gatewise.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gatewise.explain.inside import Gates
    from gatewise.explain.scene import Scene, Shown


def write(path: Path, scenes: Sequence[Scene]) -> Path:
    """Write the microscope to ``path``, whole or not at all, and return the path.

    Raises:
        RunError: The folder is gone, cannot be written, or the disk is full.
    """
    if not path.parent.is_dir():
        raise RunError(f"{path} could not be written: {path.parent} is not a folder. Make it, or choose another one")
    write_text(path, render(scenes))
    return path


def render(scenes: Sequence[Scene]) -> str:
    """The page as HTML text.

    Its policy lets nothing run but the script that is written here, and nothing be loaded. Text from the data lies in
    a block of JSON, from where the script writes it as text, never as markup.
    """
    loader = PackageLoader("gatewise.report", "templates")
    templates = Environment(loader=loader, undefined=StrictUndefined, autoescape=True)
    spoken.teach(templates)
    script, style = (loader.get_source(templates, f"microscope.{kind}")[0] for kind in ("js", "css"))
    page = templates.get_template("microscope.html")
    subject = visible(scenes[0].subject)
    return page.render(
        title=f"{say('gate microscope')} · {subject}",
        script=Markup(script),  # noqa: S704 no text from the data enters it
        script_hash=_hash(script),
        style=Markup(style),  # noqa: S704 the same
        style_hash=_hash(style),
        words=Markup(_json(spoken.of_script(script))),  # noqa: S704 escaped for its block
        data=Markup(_json([_scene(scene) for scene in scenes])),  # noqa: S704 escaped for its block
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _json(value: object) -> str:
    """JSON that cannot end the block it stands in, whatever text it holds."""
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for mark in "<>&\u2028\u2029":
        plain = plain.replace(mark, f"\\u{ord(mark):04x}")
    return plain


def _packed(array: NDArray[Any]) -> str:
    """Numbers as the script reads them: float32, little-endian, row by row, in base64."""
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def _scene(scene: Scene) -> dict[str, Any]:
    inputs: list[NDArray[Any]] = []  # cells that are prepared alike read the same numbers, which are written once
    return {
        "title": visible(scene.title),
        "subject": visible(scene.subject),
        "at": [visible(name) for name in scene.at],
        "symbols": scene.symbols,
        "first": scene.first,
        "networks": [_network(shown, inputs) for shown in scene.networks],
        "inputs": [_packed(x) for x in inputs],
        "lessons": [asdict(lesson) for lesson in scene.lessons],
    }


def _network(shown: Shown, inputs: list[NDArray[Any]]) -> dict[str, Any]:
    gates = shown.gates
    place = next((k for k, x in enumerate(inputs) if np.array_equal(x, gates.x)), len(inputs))
    if place == len(inputs):
        inputs.append(gates.x)
    parts = equations(gates.cell, gates.reset, gates.update)
    return {
        "label": shown.label,
        "title": title(shown.label),
        "cell": gates.cell,
        "reset": gates.reset,
        "update": gates.update,
        "steps": gates.steps,
        "width": gates.hidden_size,
        "directions": gates.directions,
        "channels": [visible(name) for name in shown.channels],
        "about": [visible(sentence) for sentence in shown.about],
        "parts": [part._asdict() | {"name": say(part.name), "role": say(part.role)} for part in parts],
        "input": place,
        "arrays": {part.symbol: _packed(gates.arrays[part.symbol]) for part in parts},
        "start": {name: _packed(state) for name, state in gates.start.items()},
        "sums": [
            {name: {k: _packed(v) for k, v in each._asdict().items() if v is not None} for name, each in way.items()}
            for way in gates.sums
        ],
        "reach": {name: [_packed(way) for way in sizes] for name, sizes in shown.reach.items()},
        **_said(gates),
    }


def _said(gates: Gates) -> dict[str, Any]:
    """What the gates say of the units, as `Gates` has it."""
    openers = gates.openers()
    return {
        "memory": _packed(np.nan_to_num(gates.memory_times(), nan=-1.0)),
        "saturation": {
            name: {"open": _packed(each.open), "shut": _packed(each.shut)} for name, each in gates.saturation().items()
        },
        "openers": {
            name: {"inputs": _packed(each.inputs), "state": _packed(each.state)} for name, each in openers.items()
        },
    }
