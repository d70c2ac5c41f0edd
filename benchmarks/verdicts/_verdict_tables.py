"""What the records of `verdicts.py` say, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from _claims import against, between_cells, decides, said, upheld
from _measured import Which, state
from _questions import PLANTED, REAL, SEEDS, SELVES, SYMBOLS, Question
from _redeal import BETTER
from scipy.stats import binom

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
        found = [self.of(kind, question, seed) for seed in SEEDS[kind]]
        said = [one.record["verdict"] + (f" ({one.state})" if one.state else "") for one in found if one.record]
        missing = len(found) - len(said)
        return ", ".join([*said, f"{missing} missing"] if missing else said)


def tables(kept: Records) -> bool:
    """Print every table, then the bars; True when all of them are met."""
    results = Results(kept)
    bars = [*_selves(results), *_planted(results), *_decisive(results), *_longer(results)]
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
            won = _share(found, (BETTER,), deals)
            worst = worst if state else max(worst, won)
            shares = won, _share(found, ("equal", "not-worse", "neither"), deals), _share(found, ("undecided",), deals)
            rows.append([name, cell, *(f"{s:.1%}" for s in shares), str(deals), ends if cell == "gru" else ""])
    heads = ["set", "cell", "false winners", "no winner", "undecided", "deals", "end to end"]
    _print("A cell against itself", heads, rows)
    return [Bar("false winners, in any scope", f"at most {worst:.1%}", "5 %", worst <= 0.05, states)]


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
    return [*bars, *_told(results)]


def _told(results: Results) -> list[Bar]:
    """What comparisons from end to end say of planted truths."""
    runs = [(question, results.of("planted", question, seed)) for question in PLANTED for seed in SEEDS["planted"]]
    said = [(question, run.record["verdict"]) for question, run in runs if run.record and not run.state]
    right = sum(verdict in question.right for question, verdict in said)
    wrong = sum(verdict not in (*question.right, "undecided") for question, verdict in said)
    by_luck = float(binom.sf(wrong - 1, max(1, len(said)), 0.05))
    states = [run.state for _, run in runs]
    return [
        Bar("planted truths, end to end", f"{right} of {len(said)} right", "85 %", right >= 0.85 * len(said), states),
        Bar("of these wrong", f"{wrong}, as likely as {by_luck:.2f} at 5 %", "0.05 or more", by_luck >= 0.05, states),
    ]


def _decisive(results: Results) -> list[Bar]:
    rows, both = [], []
    for question in REAL:
        pool, run = results.of("exhaustive", question), results.of("default", question)
        both.append((pool, run))
        rows.append(
            [_named(question, pool.state), *_whole(pool.record), *_default(run, _regret(pool.record, run.record))]
        )
    _print("Exhaustive and default", HEADS, rows)
    return [*_by_all_pairs([pool for pool, _ in both]), *_by_default([run for _, run in both]), *_beside(both)]


def _by_all_pairs(pools: list[Found]) -> list[Bar]:
    """How many of the twelve sets all pairs decide, and how many of these between the cells."""
    bars = []
    for scope, wanted in (("tuned", 6), ("test-part", 9)):
        claims = [said(pool.record, scope) for pool in pools if pool.record and not pool.state]
        some, between = sum(map(decides, claims)), sum(map(between_cells, claims))
        found, states = f"{some}, {between} between the cells", [pool.state for pool in pools]
        bars.append(Bar(f"sets that all pairs decide, {scope}", found, f"{wanted}", some >= wanted, states))
    return bars


def _by_default(runs: list[Found]) -> list[Bar]:
    """What three minutes claim, and how strongly they choose."""
    held, states = [run.record for run in runs if run.record and not run.state], [run.state for run in runs]
    some = sum(decides(said(run, "tuned")) for run in held)
    sure = sum(run["strength"] in ("shown", "likely") for run in held)
    return [
        Bar("sets that default decides, tuned", str(some), "5", some >= 5, states),
        Bar("choices by default that are shown or likely", str(sure), "9", sure >= 9, states),
    ]


def _beside(both: list[tuple[Found, Found]]) -> list[Bar]:
    """What claims of default runs are by all pairs, and what their recommendations lose."""
    # A row without a pool is missing, whatever is known of its run; and the other way round.
    states = [_worse(pool, run) for pool, run in both]
    held = [(pool.record, run.record) for (pool, run), state in zip(both, states, strict=True) if not state]
    wrong = [
        f"{run['set']}: {claim}"
        for pool, run in held
        if pool and run
        for claim in against(said(run, "tuned"), said(pool, "tuned"))
    ]
    regrets = [regret for pool, run in held if (regret := _regret(pool, run)) is not None]
    mean, most = sum(regrets) / max(1, len(regrets)), max(regrets, default=0.0)
    lost, small = f"{mean:.4f} on average and {most:.4f} at most", mean <= 0.003 and most <= 0.015
    return [
        Bar("claims of default against all pairs", ", ".join(wrong) or "none", "none", not wrong, states),
        Bar("regret", lost, "0.003 and 0.015", small, states),
    ]


def _longer(results: Results) -> list[Bar]:
    """What three minutes claim of texts, events, music and sounds, and what thirty minutes say of it."""
    rows, states, held, opposed = [], [], 0, []
    for question in SYMBOLS:
        short, long = (results.of(kind, question, SEEDS[kind][0]) for kind in ("short", "long"))
        states.append(_worse(short, long))
        row = [_named(question, states[-1]), *_ended(short.record), *_ended(long.record)]
        if short.record and long.record:
            each = [(said(short.record, scope), said(long.record, scope)) for scope in ("tuned", "test-part")]
            wrong = [claim for some, others in each for claim in against(some, others)]
            holds = any(some for some, _ in each) and all(upheld(*both) for both in each if both[0])
            row.append("no: " + ", ".join(wrong) if wrong else "yes" if holds else "")
            if not states[-1]:
                held, opposed = held + holds, opposed + [f"{question.name}: {claim}" for claim in wrong]
        rows.append(row)
    heads = ["set", "3 minutes say", "pairs", "tuned", "test part", "30 minutes say", "pairs", "tuned", "test part"]
    _print("Three minutes beside thirty", [*heads, "upheld"], rows)
    return [
        Bar("sets whose claims of three minutes thirty uphold", str(held), "5", held >= 5, states),
        Bar("claims of three minutes against thirty", ", ".join(opposed) or "none", "none", not opposed, states),
    ]


def _worse(one: Found, other: Found) -> str:
    """The state of what two records say together."""
    return max(one.state, other.state, key=lambda state: (state == "missing", bool(state)))


def _ended(record: Record | None) -> list[str]:
    """A run's verdict, its pairs, its claims of two scopes."""
    if record is None:
        return [""] * 4
    return [record["verdict"], str(record["pairs"]), *(_listed(record, scope) for scope in ("tuned", "test-part"))]


HEADS = [
    "set",
    "all pairs say",
    "difference",
    "95 %",
    "tuned",
    "test part",
    "default says",
    "pairs",
    "claims",
    "strength",
    "takes",
    "regret",
]


def _whole(record: Record | None) -> list[str]:
    """What all pairs say: the verdict, the difference, its interval, the claims of two scopes."""
    if record is None:
        return [""] * 5
    difference, interval = "", ""
    if record["difference"] is not None:
        low, high = record["interval_95"]
        difference, interval = f"{record['difference']:+.4f}", f"{low:+.4f} to {high:+.4f}"
    return [record["verdict"], difference, interval, *(_listed(record, scope) for scope in ("tuned", "test-part"))]


def _default(run: Found, regret: float | None) -> list[str]:
    """What a default run says beside that."""
    if run.record is None:
        return [run.state]
    record = run.record
    return [
        record["verdict"] + (f" ({run.state})" if run.state else ""), str(record["pairs"]), _listed(record, "tuned"),
        record.get("strength", ""), record["recommendation"], "" if regret is None else f"{regret:.4f}",
    ]  # fmt: skip


def _listed(record: Record, scope: str) -> str:
    return ", ".join(f"{claim.cell} {claim.kind}".strip() for claim in sorted(said(record, scope)))


def _regret(pool: Record | None, run: Record | None) -> float | None:
    """Skill that a run's recommendation loses, by what all pairs say."""
    if pool is None or run is None or pool["difference"] is None:
        return None
    best: dict[str, float] = pool["over_gate"] | {"baseline": 0.0}
    return max(best.values()) - best[run["recommendation"]]


def _share(found: dict[str, int], names: Iterable[str], deals: int) -> float:
    return sum(found.get(name, 0) for name in names) / deals


def _counted(found: dict[str, Any], deals: int) -> str:
    most = sorted(
        ((name, count) for name, count in found.items() if name != BETTER), key=lambda item: (-item[1], item[0])
    )
    return ", ".join(f"{name} {count / deals:.1%}" for name, count in most)
