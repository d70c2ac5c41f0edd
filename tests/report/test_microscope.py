"""The microscope: a page that loads nothing, and whose numbers are the model's own."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import torch
from browser import chromium, opened

import gatewise
from gatewise.explain import gates
from gatewise.explain.reach import reach
from gatewise.explain.scene import Scene, Shown
from gatewise.explain.teach import scenes
from gatewise.languages import speaking
from gatewise.report.microscope import render, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NASTY = (
    "<b>bold</b>",
    "\"quoted\" & 'single'",
    "</script><script>alert(1)</script>",
    "right \u202eto left",
    "emoji 😀",
    "<!--",
)
CELLS = {
    "lstm": ("LSTM", "textbook"),
    "gru": ("GRU", "textbook"),
    "gru-after": ("GRU", "torch"),
    "rnn": ("RNN", "textbook"),
}
I, H, T = len(NASTY), 7, 23


def shown(label: str, x: torch.Tensor, width: int, names: tuple[str, ...], *, both: bool = False) -> Shown:
    """A random layer on a sequence."""
    kind, convention = CELLS[label]
    draw = torch.Generator().manual_seed(1)
    layer = getattr(gatewise, kind)(x.shape[1], width, bidirectional=both, convention=convention, generator=draw)
    inside = gates(layer, x)
    return Shown(label, inside, reach(inside), names, ("A network.",))


def scene(*, both: bool = False) -> Scene:
    """All cells on a sequence whose names are hostile."""
    x = torch.randn(T, I, generator=torch.Generator().manual_seed(2))
    networks = tuple(shown(label, x, H, NASTY, both=both) for label in CELLS)
    return Scene(NASTY[2], NASTY[0], tuple(f"{NASTY[2]} {t}" for t in range(T)), networks, first="lstm")


@cache
def large() -> Scene:
    """1,000 steps, 64 units."""
    x = torch.randn(1000, 8, generator=torch.Generator().manual_seed(3))
    names = tuple(f"channel {k}" for k in range(8))
    return Scene(
        "long", "one of 3 classes", (), tuple(shown(label, x, 64, names) for label in ("lstm", "gru")), first="lstm"
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


def numbers(page: Any) -> dict[str, str]:
    """What the equations come to, by letter."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    told = 'all => all.map((each) => [each.dataset.part, each.querySelector(".result b").textContent])'
    found: dict[str, str] = dict(page.eval_on_selector_all(".equation", told))
    return found


def test_a_page_that_loads_nothing() -> None:
    """No address, no way out of the block of data, and a policy that lets the page's own script run alone."""
    page = render([scene()])

    assert page.count("<script") == page.count("</script>") == 3
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert "<b>bold" not in page
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy
    assert policy.startswith("default-src 'none'")


def test_the_korean_page_shows_korean(browser: Any, tmp_path: Path) -> None:
    """What the page says stands in Korean, from lesson to script; names from the data and numbers as they are."""
    with speaking("ko"):
        path = write(tmp_path / "microscope.html", scenes())
    with opened(browser, path) as page:
        text = page.inner_text("body")

        assert page.get_attribute("html", "lang") == "ko"
        for words in ("망각 게이트", "은닉 상태", "LSTM 들여다보기", "20단계 중 13단계", "기억이 필요한 과제"):
            assert words in text
        assert set(re.findall(r"[A-Za-z]{4,}", text)) <= {"LSTM", "keep", "signal", "gatewise", "Shift", "tanh"}


def test_long_sequences_are_written_soon(tmp_path: Path) -> None:
    """1,000 steps and 64 units take at most 3 s and 6 MB."""
    since = time.process_time()
    path = write(tmp_path / "microscope.html", [large()])

    assert time.process_time() - since < 3.0
    assert path.stat().st_size < 6_000_000


@pytest.mark.parametrize("both", [False, True], ids=["forward", "both ways"])
def test_numbers_are_the_models_own(tmp_path: Path, browser: Any, both: bool) -> None:
    """Of every cell, whatever step and unit are picked, to four digits; all of them worked from the weights."""
    made = scene(both=both)
    with opened(browser, write(tmp_path / "page.html", [made])) as page:
        for k, network in enumerate(made.networks):
            page.locator("#cells button").nth(k).click()
            seen = []
            for step, unit in ((1, 0), (12, 3), (T, network.gates.units - 1)):
                choose = "(select, unit) => { select.value = unit; select.dispatchEvent(new Event('change')); }"
                page.eval_on_selector("#unit", choose, str(unit))
                page.locator("#scrub").fill(str(step))
                found = numbers(page)
                own = {name: array[step - 1, unit] for name, array in network.gates.arrays.items()}
                assert found.keys() == own.keys()
                for name, text in found.items():
                    assert float(text.replace("−", "-")) == pytest.approx(own[name], abs=0.00006), (network.label, name)
                seen.append(found)
            assert seen[0] != seen[1] != seen[2]


def test_text_from_the_data_stays_text(tmp_path: Path, browser: Any) -> None:
    """Markup in names is shown, not obeyed; marks of direction are written out."""
    with opened(browser, write(tmp_path / "page.html", [scene()])) as page:
        text = page.inner_text("body")
        titles = page.eval_on_selector_all(".heat th[title]", "all => all.map((each) => each.title)")

        assert "<b>bold</b>: </script><script>alert(1)</script>" in text
        assert {name.replace("\u202e", "\\u202e") for name in NASTY} <= {*titles}
        assert (
            page.locator("main b, main script, h1 *, .subject *").evaluate_all(
                "all => all.filter((b) => b.textContent === 'bold').length"
            )
            == 0
        )


def test_keys_play_and_pointer(tmp_path: Path, browser: Any) -> None:
    """Arrow keys step and choose units, space plays, a click on a map picks step and unit."""
    with opened(browser, write(tmp_path / "page.html", [large()])) as page:
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowRight")
        numbers(page)
        assert page.inner_text("#step") == "step 12 of 1,000"
        unit = page.locator("#unit").input_value()
        page.keyboard.press("ArrowDown")
        numbers(page)
        assert page.locator("#unit").input_value() != unit
        page.keyboard.press(" ")
        page.locator("#step:not(:text-is('step 12 of 1,000'))").wait_for()
        page.keyboard.press(" ")
        chart = page.locator(".map[data-part=c] .canvas")
        chart.evaluate("(each) => each.scrollIntoView({ block: 'center' })")  # not under the bar at the bottom
        box = chart.bounding_box()
        chart.click(position={"x": box["width"] * 0.5004, "y": box["height"] - 1})
        numbers(page)
        assert page.inner_text("#step") == "step 501 of 1,000"
        least = large().networks[0].gates.memory_times().argmin()
        assert page.locator("#unit").input_value() == str(least)


def test_scrubbing_is_smooth(tmp_path: Path, browser: Any) -> None:
    """At least 30 frames a second over three seconds, each with another step; the best of eight, on a busy machine."""
    scrub = """() => new Promise((done) => {
      const scrub = document.getElementById("scrub"), since = performance.now();
      let frames = 0;
      const frame = () => {
        const spent = performance.now() - since;
        if (spent >= 3000) return done((frames / spent) * 1000);
        scrub.value = 1 + ((++frames * 7) % scrub.max);
        scrub.dispatchEvent(new Event("input"));
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    })"""
    with opened(browser, write(tmp_path / "page.html", [large()])) as page:
        assert any(page.evaluate(scrub) >= 30.0 for _ in range(8))


def test_lessons_go_on(tmp_path: Path, browser: Any) -> None:
    """Through both scenes to their last lesson; the page is as wide as a telephone, and the numbers are those told."""
    made = scenes()
    with opened(browser, write(tmp_path / "page.html", made), width=360, scheme="dark") as page:
        for k, one in enumerate(made):
            page.locator("#scenes button").nth(k).click()
            for lesson in one.lessons:
                assert page.inner_text("#lesson-title") == lesson.title
                memory = "c" if lesson.label == "lstm" else "h"
                assert ("remembers" in page.inner_text("#where")) == (memory in lesson.introduced)
                [network] = [each for each in one.networks if each.label == lesson.label]
                assert page.inner_text("#headline").endswith(lesson.label.upper())
                if lesson.focus not in ("", "x"):
                    own = network.gates.arrays[lesson.focus][lesson.step - 1, lesson.unit - 1]
                    assert float(numbers(page)[lesson.focus].replace("−", "-")) == pytest.approx(own, abs=0.00006)
                if lesson is not one.lessons[-1]:
                    page.click("#lesson-on")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_is_open_and_shut_is_no_more_than_all(tmp_path: Path, browser: Any) -> None:
    """58 % open and 43 % shut would be more than there is: halves are rounded up."""
    with opened(browser, write(tmp_path / "page.html", scenes())) as page:
        told = page.locator("#saturation .shares").all_inner_texts()

    each = [re.findall(r"([\d.]+) %", text) for text in told]
    assert "42.5 % shut, 57.5 % open" in told
    assert all(sum(map(float, pair)) <= 100.0 for pair in each)
