"""The charts of a finished run by name, for Python and for files: SVG, PNG and PDF."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

from gatewise.display.offline import offline
from gatewise.errors import InputError, OptionError, RunError, nearest
from gatewise.report.charts import CHARTS
from gatewise.report.drawing import plain
from gatewise.report.write import given_of
from gatewise.run.write import write_bytes, write_text
from gatewise.text import listed

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.display.offline import Chart, Charts
    from gatewise.explain.scene import Scene
    from gatewise.report.given import Given
    from gatewise.run.folder import RunFolder

LIST = "figures.json"
"""Lists the files that were written here, and their SHA-256: such files are replaced, and nothing else."""

_HASHES = TypeAdapter(dict[str, list[Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]]])


def drawn(folder: RunFolder, name: str, also: tuple[str, ...] = ()) -> Chart | Charts:
    """A chart of a finished run; ``also`` are drawn elsewhere.

    Raises:
        OptionError: There is no chart of that name.
        InputError: The run has nothing that it shows.
    """
    known(name, also)
    given = given_of(folder)
    found = CHARTS[name](given)
    if found is None:
        raise InputError(
            f"{folder.path} has nothing that a plot {name!r} shows: it was made to {_asked(given)}. Expected one of:"
            f" {listed([*charts(given), *also])}"
        )
    return offline(plain(found).to_dict(validate=False))


def gates(scene: Scene) -> Charts:
    """The gates of the network that a scene shows first."""
    shown = next(each for each in scene.networks if each.label == scene.first)
    at = scene.at[-shown.gates.steps :] if scene.at else ()
    return shown.gates.plot(at, symbols=scene.symbols)


def known(name: object, also: tuple[str, ...] = ()) -> None:
    """Refuse the name of a chart that there is none of; ``also`` are drawn elsewhere.

    Raises:
        OptionError: The message names those there are.
    """
    names = [*CHARTS, *also]
    if name not in names:
        raise OptionError(f"there is no plot {name!r}; {nearest(str(name), names)}")


def charts(given: Given) -> list[str]:
    """Names of the charts that have something to show."""
    return [name for name, chart in CHARTS.items() if chart(given) is not None]


def _asked(given: Given) -> str:
    return given.plan.task.replace("-", " ")


def write_figures(folder: RunFolder, to: Path) -> list[Path]:
    """Write every chart of a finished run as SVG, PNG and PDF, each whole or not at all; returns where they lie.

    Files that were written here before are replaced, unless somebody has changed them since.

    Raises:
        InputError: A file of that name is not one that was written here; none is written then.
        RunError: The folder cannot be written, or the disk is full.
    """
    given = given_of(folder)
    found = {name: chart for name, draw in CHARTS.items() if (chart := draw(given)) is not None}
    files: dict[Path, bytes] = {}
    for name, chart in found.items():
        for kind, content in offline(plain(chart).to_dict(validate=False)).files().items():
            files[to / f"{name}.{kind}"] = content
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{to} cannot be made ({error.strerror}). Type another folder after --figures") from error
    own = _own(to)
    if strange := [p.name for p in files if p.exists() and _sha256(p.read_bytes()) not in own.get(p.name, [])]:
        raise InputError(
            f"{to} has {listed(strange)} already, which gatewise did not write, or which were changed since; nothing"
            " was written. Type another folder after --figures, or remove them"
        )
    written = own | {path.name: [_sha256(content)] for path, content in files.items()}
    # Stopped in between, it leaves files of both times, all of which the list has to know.
    write_text(to / LIST, _json({name: [*own.get(name, []), *hashes] for name, hashes in written.items()}))
    for path, content in files.items():
        write_bytes(path, content)
    write_text(to / LIST, _json(written))
    return list(files)


def _json(names: dict[str, list[str]]) -> str:
    return json.dumps(names, indent=2) + "\n"


def _own(to: Path) -> dict[str, list[str]]:
    """Name -> SHA-256 of the files that were written into a folder before; of a file several while it was replaced.

    Raises:
        RunError: There is a list that cannot be read.
        InputError: There is a file of its name that is no such list.
    """
    try:
        return _HASHES.validate_json((to / LIST).read_bytes(), strict=True)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RunError(f"{to / LIST} cannot be read: {error}. Type another folder after --figures") from error
    except ValidationError as error:
        raise InputError(
            f"{to / LIST} is there already and is not a list of figures that gatewise wrote; nothing was written. Type"
            " another folder after --figures, or move it away"
        ) from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
