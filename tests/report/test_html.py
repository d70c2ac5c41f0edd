"""The report page: complete, escaped, self-contained, written whole."""

from __future__ import annotations

import html as stdlib_html
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from gatewise.arms import title
from gatewise.errors import RunError
from gatewise.judge import wording
from gatewise.languages import speaking
from gatewise.report import html, summary
from gatewise.report.given import Given
from gatewise.run.verdict import Coded, coded

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {"gatewise": "0.1.0", "versions": {"torch": "2.13.0"}, "isa": ["avx2", "avx512"]}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Reads a page: its tags with attributes, its text, and whether every tag is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    @property
    def words(self) -> str:
        """The page's text in a row."""
        return " ".join(" ".join(self.text).split())

    def of(self, name: str) -> list[dict[str, str | None]]:
        """Attributes of all tags of a name."""
        return [attributes for tag, attributes in self.tags if tag == name]


PAGES: dict[str, str] = {}


def rendered(sample: Any) -> str:
    """A sample's page, made once."""
    key = sample.verdict.model_dump_json() + sample.plan.model_dump_json()
    if key not in PAGES:
        PAGES[key] = html.render(Given(sample.verdict, sample.plan, ENVIRONMENT))
    return PAGES[key]


def test_the_korean_page_shows_korean(build: Any) -> None:
    """Its language is named, column names stay, and what they are filled into is not English."""
    sample = build("undecided", target="<b>매출</b>")
    with speaking("ko"):
        page = html.render(Given(sample.verdict, sample.plan, ENVIRONMENT))

    assert '<html lang="ko">' in page
    assert "Malgun Gothic" in page
    for words in ("추천", "허용 차이", "단순 규칙", "다시 실행하고 사용하기"):
        assert words in page
    assert "<b>매출" not in page
    assert not re.search("Recommendation|Simple rules|What they cost|The cells|Warnings", page)


def test_every_verdict_renders(sample: Any) -> None:
    """Headline, claim, advice, plan's hash, command and environment stand in the page, and its tags are closed."""
    page = Page(rendered(sample))
    assert page.open == []
    for text in (
        summary.headline(sample.verdict, sample.plan),
        wording.words(sample.verdict.claim),
        summary.advice(sample.verdict),
        sample.verdict.plan_sha256,
        "gatewise compare DATA --plan RUN/plan.json",
        "versions.torch",
        "avx2, avx512",
        "torch (aten)",
    ):
        assert text in page.words


def test_numbers_are_the_documents(sample: Any) -> None:
    """Scores stand to three places with half their interval, parameters in full, the cells in their accent."""
    text = rendered(sample)
    for k, (label, result) in enumerate(sample.verdict.cells.items()):
        half = (result.interval[1] - result.interval[0]) / 2
        row = re.search(
            rf'<tr>\s*<th scope="row"><span class="cell cell-{k + 1}">{re.escape(title(label))}<.*?</tr>', text, re.S
        )
        assert row is not None
        cells = re.findall(r"<td>(.*?)</td>", row[0])
        assert cells[0] == f"{result.score:.3f} ± {half:.3f}"
        assert cells[2:4] == [str(result.hidden_size), f"{result.parameters:,}"]
        assert cells[4] == f"{result.above_baseline} ({result.over_baseline:+.4f})"
    assert f"{sample.verdict.difference.estimate:+.4f}" in text


def test_one_training_has_no_range(build: Any) -> None:
    """It would leave the luck of training out: neither the table of the page nor the sentence above it has one."""
    once, often = (
        rendered(build("lstm", pairs=pairs)).split("The cells</h2>")[1].split("</table>")[0] for pairs in (1, 12)
    )

    assert "±" not in once
    assert often.count("±") > 2


def test_undecided_and_further_cells(build: Any) -> None:
    """The cause, the smallest margin and the remedy; further cells with their difference."""
    words = Page(rendered(build("undecided-classify"))).words
    assert "Why nothing is shown Too few test data:" in words
    assert "can decide a margin of 0.028 accuracy" in words
    assert "--margin 0.028" in words
    assert "RNN minus GRU (reset after): -0.1177 accuracy" in words
    assert "Why nothing is shown" not in Page(rendered(build("lstm"))).words


@pytest.mark.parametrize(
    ("strength", "heading"),
    [
        ("likely", "Why the choice is likely and not shown"),
        ("leaning", "Why the choice is no more than a leaning"),
        ("either", "Why these data do not tell which is better"),
    ],
)
def test_what_stays_open_is_headed_by_the_choice(build: Any, strength: str, heading: str) -> None:
    """A choice is made all the same: the page says why it is no surer, not that there is none."""
    words = Page(rendered(build("undecided", strength=strength))).words
    assert f"{heading}" in words


def test_nothing_was_scored(build: Any) -> None:
    """A run that ended before any pair still has a page."""
    sample = build(
        "undecided", cells={}, baselines=(), difference=None, probabilities=None, expected_regret=None, others=()
    )
    page = Page(rendered(sample))
    assert page.of("svg") == []
    assert "Take the GRU." in page.words
    assert "The risk" not in page.words


def test_second_opinions(build: Any) -> None:
    """Each method has its place: of a forecast the test of two forecasts, of folds the cautious interval."""
    forecast, folds = (Page(rendered(build(name))).words for name in ("lstm", "gru"))

    assert "Second opinions" in forecast
    assert "reads as “LSTM better”" in forecast
    assert "Diebold-Mariano test" in forecast
    assert "Other training parts" not in forecast
    assert "Other training parts" in folds
    assert "Diebold-Mariano" not in folds
    assert "What tuning brought" in forecast


@pytest.mark.parametrize(("opinions", "tuned", "pictures"), [(True, False, 2), (False, True, 3), (False, False, 2)])
def test_second_opinions_that_are_not_there_are_left_out(
    build: Any, opinions: bool, tuned: bool, pictures: int
) -> None:
    """Old run folders have none, and a run without tuning has no search to draw; no empty section remains."""
    sample = build("lstm")
    cells = {name: cell.model_copy(update={"expected_best": ()}) for name, cell in sample.verdict.cells.items()}
    changes = ({} if opinions else {"opinions": None}) | ({} if tuned else {"cells": cells})
    page = Page(rendered(build("lstm", **changes)))

    assert ("Bootstrap" in page.words) == opinions
    assert ("What tuning brought" in page.words) == tuned
    assert ("Second opinions" in page.words) == opinions
    assert ("Tuning and learning" in page.words) == tuned
    assert len(page.of("svg")) == pictures


HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style></title><b>",
    "{{ 7 * 7 }}{% raw %}",
    "a & b &lt; c",
    "🌡️ Temperatur",
    "x" * 200,
    "a\x00\x1b\u202eb",
]


@pytest.mark.parametrize(
    ("kind", "name"), [*(("lstm", name) for name in HOSTILE), *(("gru", name) for name in HOSTILE[::3])]
)
def test_names_from_the_data_are_text(build: Any, kind: str, name: str) -> None:
    """A name may be anything: it adds no tag, is not evaluated, and is shown as it is."""
    data = {"features": (name, "b"), "time": name, "target": name}
    if kind == "gru":
        data = {"features": (name, "b"), "classes": (name, "other")}
    opinions = build(kind).verdict.opinions.model_copy(
        update={"trust": (said(name),), "resampled_trust": (said(name),)}
    )
    changes = {
        "claim": said(f"On {name} this"),
        "recommendation_reason": said(name),
        "warnings": (said(f"column {name} is odd"),),
    }
    changes |= {"opinions": opinions}
    text = rendered(build(kind, data=data, **changes))
    hostile, plain = Page(text), Page(rendered(build(kind, data={**data, "features": ("a", "b"), **tame(data)})))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert hostile.open == []
    assert not re.search(r"[\x00\x1b\u202e]", text)
    if name.isprintable():
        assert f"column {' '.join(name.split())} is odd" in hostile.words


def test_how_the_data_were_read_is_on_the_page(build: Any) -> None:
    """What was understood and doubted stands on the page as text; runs that did not keep it have no such section."""
    sample = build("lstm")
    assert "What was understood of the data" not in rendered(sample)
    read = {"understood": ("150 rows, step <1> day",), "notes": ("left out: <b>id</b>",)}
    page = Page(html.render(Given(sample.verdict, sample.plan.model_copy(update=read), {})))
    for words in ("What was understood of the data", "150 rows, step <1> day", "left out: <b>id</b>"):
        assert words in page.words


def said(text: str) -> Coded:
    """A sentence as an older gatewise stored it."""
    return coded("said", text=text)


def tame(data: dict[str, Any]) -> dict[str, Any]:
    """The same data with plain names."""
    return {key: ("a", "b") if isinstance(value, tuple) else "a" for key, value in data.items()}


def test_environment_is_text(build: Any) -> None:
    """Names and values of the environment are escaped too."""
    sample = build("lstm")
    text = html.render(Given(sample.verdict, sample.plan, {"<b>": {"cpu": "<i>x</i>"}, "none": None}))
    assert "<b>.cpu" not in text
    assert "<i>" not in text
    assert stdlib_html.escape("<b>.cpu") in text
    assert stdlib_html.escape("<i>x</i>") in text


def test_no_reference_leaves_the_page(sample: Any) -> None:
    """No link, script, image, font or import; and a policy in the page that forbids them."""
    text = rendered(sample)
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "a", "image", "use"} & {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        loading = {"src", "href", "xlink:href", "srcset", "action"} & attributes.keys()
        assert not loading, (tag, loading)
        assert not [key for key in attributes if key.startswith("on")]
    assert "url(" not in text
    assert "@import" not in text
    assert re.sub(r'xmlns(:\w+)?="[^"]*"', "", text).count("://") == 0
    policy = next(tag for tag in page.of("meta") if tag.get("http-equiv") == "Content-Security-Policy")
    assert str(policy["content"]).startswith("default-src 'none'")


def test_accessibility(sample: Any) -> None:
    """Language, title, headings without gaps, named figures, scoped table heads."""
    page = Page(rendered(sample))
    assert page.of("html")[0]["lang"] == "en"
    assert "title" in {tag for tag, _ in page.tags}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.of("th"))
    pictures = [attributes for _, attributes in page.tags if attributes.get("role") == "img"]
    assert len(pictures) == len(page.of("svg")) == 3
    assert all(len(str(picture["aria-label"])) > 40 for picture in pictures)


def test_the_whole_plan_can_be_read_back(build: Any) -> None:
    """The plan in the page is the plan, character for character."""
    sample = build("lstm", data={"target": "a<b>&\"'\n"})
    shown = re.search(r"<pre[^>]*>(.*?)</pre>", rendered(sample), re.S)
    assert shown is not None
    assert type(sample.plan).model_validate_json(stdlib_html.unescape(shown[1])) == sample.plan


def test_write(build: Any, tmp_path: Path) -> None:
    """The page replaces what was there, and nothing else is left in the folder."""
    sample, path = build("lstm"), tmp_path / "report.html"
    path.write_text("old")
    assert html.write(path, Given(sample.verdict, sample.plan, ENVIRONMENT)) == path
    assert path.read_text("utf-8") == html.render(Given(sample.verdict, sample.plan, ENVIRONMENT))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("parent", ["file", "missing"])
def test_write_says_which_path_and_why(build: Any, tmp_path: Path, parent: str) -> None:
    """A folder that is none, or is gone, is an error with the path; nothing is left behind."""
    (tmp_path / "file").write_text("x")
    sample, path = build("lstm"), tmp_path / parent / "report.html"
    with pytest.raises(RunError, match=r"report\.html could not be written: .* is not a folder"):
        html.write(path, Given(sample.verdict, sample.plan, ENVIRONMENT))
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_a_page_that_cannot_be_put_in_place_leaves_the_old_one(build: Any, tmp_path: Path) -> None:
    """When the last step fails, the old page stays whole and no temporary file remains."""
    sample, path = build("lstm"), tmp_path / "report.html"
    path.mkdir()
    (path / "kept").write_text("x")
    with pytest.raises(RunError, match=r"report\.html could not be written"):
        html.write(path, Given(sample.verdict, sample.plan, ENVIRONMENT))
    assert list(tmp_path.iterdir()) == [path]
    assert (path / "kept").read_text() == "x"
