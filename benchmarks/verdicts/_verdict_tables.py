"""What the records of `verdicts.py` say, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from _measured import Which, state
from _questions import PLANTED, REAL, REPEATS, SELVES, Question

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _records import Record, Records


class Found(NamedTuple):
    """A record, or that there is none; and what keeps it out of the bars: that it is missing or stale."""

    record: Record | None
    state: str


class Bar(NamedTuple):
    """A bar: what was found, whether that keeps it, and the state of each row that it is about."""

    name: str
    found: str
    wanted: str
    kept: bool
    states: list[str]

    @property
    def met(self) -> bool:
        """Whether it is kept, by all rows."""
        return self.kept and not any(self.states)

    def line(self) -> str:
        """As printed."""
        found = "nothing measured" if all(self.states) else self.found
        missing, stale = (sum(state.startswith(word) for state in self.states) for word in ("missing", "stale"))
        lacking = f"; {missing} missing and {stale} stale of {len(self.states)}" if missing or stale else ""
        return f"- {'met' if self.met else 'NOT MET'}: {self.name}: {found}, wanted {self.wanted}{lacking}"


class Results:
    """The records by what they are about."""

    def __init__(self, kept: Records) -> None:
        self._records = kept.read()

    def of(self, kind: str, question: Question, seed: int = 0) -> Found:
        """One record."""
        which = Which(kind, question, seed)
        record = self._records.get(which.name)
        return Found(record, state(record, which))

    def ends(self, kind: str, question: Question) -> str:
        """The verdicts of all end-to-end runs of a set."""
        found = [self.of(kind, question, seed) for seed in range(REPEATS[kind])]
        said = [one.record["verdict"] + (f" ({one.state})" if one.state else "") for one in found if one.record]
        missing = len(found) - len(said)
        return ", ".join([*said, f"{missing} missing"] if missing else said)


def tables(kept: Records) -> bool:
    """Print every table, then the bars; True when all of them are met."""
    results = Results(kept)
    bars = [*_selves(results), *_planted(results), *_decisive(results)]
    print("\n## Bars\n")
    for bar in bars:
        print(bar.line())
    return all(bar.met for bar in bars)


def _print(title: str, heads: list[str], rows: list[list[str]]) -> None:
    print(f"\n## {title}\n")
    for cells in (heads, ["---"] * len(heads), *rows):
        print("| " + " | ".join([*cells, *[""] * (len(heads) - len(cells))]) + " |", flush=True)


def _named(question: Question, state: str) -> str:
    return f"{question.name} ({state})" if state else question.name


def _selves(results: Results) -> list[Bar]:
    rows, worst, states = [], 0.0, []
    for question in SELVES:
        record, state = results.of("exhaustive", question)
        states.append(state)
        name, ends = _named(question, state), results.ends("selves", question)
        if record is None:
            rows.append([name, *[""] * 5, ends])
            continue
        for cell in record["cells"]:
            found, deals = record["against_itself"].get(cell, {}), record["deals"]
            won = _share(found, (cell, f"{cell}#2"), deals)
            worst = worst if state else max(worst, won)
            shares = won, _share(found, ("equal", "not-worse", "neither"), deals), _share(found, ("undecided",), deals)
            rows.append([name, cell, *(f"{s:.1%}" for s in shares), str(deals), ends if cell == "gru" else ""])
    heads = ["set", "cell", "false winners", "no winner", "undecided", "deals", "end to end"]
    _print("A cell against itself", heads, rows)
    return [Bar("false winners", f"at most {worst:.1%}", "5 %", worst <= 0.05, states)]


def _planted(results: Results) -> list[Bar]:
    rows, bars = [], []
    for question in PLANTED:
        record, state = results.of("exhaustive", question)
        right, ends = " or ".join(sorted(question.right)), results.ends("planted", question)
        row, share = [_named(question, state), right, *[""] * 4], 0.0
        if record is not None:
            found, deals = record["redealt"], record["deals"]
            share = _share(found, question.right, deals)
            row[2:] = [record["verdict"], f"{share:.1%}", _counted(found, deals), str(deals)]
        rows.append([*row, ends])
        bars.append(Bar(question.name, f"right in {share:.1%}", "95 %", share >= 0.95, [state]))
    heads = ["data", "right", "all pairs say", "right, of dealt", "dealt", "deals", "end to end"]
    _print("Planted truths", heads, rows)
    return bars


def _decisive(results: Results) -> list[Bar]:
    rows, compared, states = [], [], []
    for question in REAL:
        pool, run = results.of("exhaustive", question), results.of("default", question)
        rows.append([_named(question, pool.state), *(_whole(pool.record) if pool.record else [""] * 3)])
        if pool.record and pool.record["difference"] is None:
            states.append(pool.state)
            continue
        regret = _regret(pool.record, run.record)
        rows[-1] += _default(run, regret)
        # A row without a pool is missing, whatever is known of its run; and the other way round.
        states.append(max(pool.state, run.state, key=lambda said: (said == "missing", bool(said))))
        if pool.record and run.record and regret is not None and not states[-1]:
            compared.append((pool.record["verdict"], run.record, regret))
    heads = [
        "set",
        "all pairs say",
        "difference",
        "95 %",
        "default says",
        "pairs",
        "cause",
        "decides",
        "takes",
        "regret",
    ]
    _print("Exhaustive and default", heads, rows)
    return _decided(compared, states)


def _whole(record: Record) -> list[str]:
    """What all pairs say: the verdict, the difference, its interval."""
    if record["difference"] is None:
        return [record["verdict"], "", ""]
    low, high = record["interval_95"]
    return [record["verdict"], f"{record['difference']:+.4f}", f"{low:+.4f} to {high:+.4f}"]


def _default(run: Found, regret: float | None) -> list[str]:
    """What a default run says beside that."""
    if run.record is None:
        return [run.state]
    record, smallest = run.record, run.record["smallest_margin"]
    return [
        record["verdict"] + (f" ({run.state})" if run.state else ""), str(record["pairs"]), record["cause"] or "",
        f"{smallest:.3g}" if smallest else "", record["recommendation"], "" if regret is None else f"{regret:.4f}",
    ]  # fmt: skip


def _regret(pool: Record | None, run: Record | None) -> float | None:
    """Skill that a run's recommendation loses, by what all pairs say."""
    if pool is None or run is None:
        return None
    best: dict[str, float] = pool["over_gate"] | {"baseline": 0.0}
    return max(best.values()) - best[run["recommendation"]]


def _decided(compared: list[tuple[str, Record, float]], states: list[str]) -> list[Bar]:
    """What default runs make of sets that all pairs decide, and what their recommendations lose."""
    both = [(whole, run) for whole, run, _ in compared if whole != "undecided"]
    left = sum(run["verdict"] == "undecided" for _, run in both)
    against = [run["verdict"] for whole, run in both if _contradicts(whole, run)]
    regrets = [regret for *_, regret in compared]
    mean, most = sum(regrets) / max(1, len(regrets)), max(regrets, default=0.0)
    lost, small = f"{mean:.4f} on average and {most:.4f} at most", mean <= 0.005 and most <= 0.02
    return [
        Bar(
            "decided sets that default leaves undecided",
            f"{left} of {len(both)}",
            "10 %",
            left <= 0.1 * len(both),
            states,
        ),
        Bar("verdicts against all pairs", ", ".join(against) or "none", "none", not against, states),
        Bar("regret", lost, "0.005 and 0.02", small, states),
    ]


def _contradicts(whole: str, run: Record) -> bool:
    """Whether two verdicts cannot both be so; `not-worse` goes with `equal`, and with the cheaper cell's lead."""
    said = run["verdict"]
    if "undecided" in (whole, said) or whole == said:
        return False
    if "not-worse" in (whole, said):
        other = said if whole == "not-worse" else whole
        return other not in ("equal", run["recommendation"])
    return True


def _share(found: dict[str, int], names: Iterable[str], deals: int) -> float:
    return sum(found.get(name, 0) for name in names) / deals


def _counted(found: dict[str, Any], deals: int) -> str:
    most = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count / deals:.1%}" for name, count in most)
