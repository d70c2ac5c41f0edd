"""Texts and event logs that cannot be used as they are get a message with cause and remedy, and exit 2."""

# ruff: noqa: E501 - a case a line

from __future__ import annotations

import gzip
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from gatewise.cli import main

PROSE = "The sun rose over the hills, and nobody saw it.\nWhat a day it was to be!\n\nThen came the rain.\n" * 9
LOG = "case,activity,time\n" + "".join(
    f"{k},{name},2024-01-{k % 28 + 1:02d} 10:0{place}\n" for k in range(40) for place, name in enumerate("abc")
)
TEXTS = "label,text\n" + "".join(f"{'spam' if k % 3 else 'ham'},words of text number {k}\n" for k in range(40))
EVENT = '<event><string key="concept:name" value="{}"/><date key="time:timestamp" value="2024-01-01T10:00:00"/></event>'
TRACE = f'<trace><string key="concept:name" value="1"/>{EVENT.format("a")}{EVENT.format("b")}</trace>'
XES = f"<?xml version='1.0'?><log>{TRACE * 3}</log>"
NAMES = "".join(f"{name}\n" for name in ("Anna", "Berta", "Carl", "Dora", "Emil", "Fritz", "Gerda", "Hans", "Ida"))
CUES = "".join(f"{k}\n00:00:{k:02d},000 --> 00:00:{k:02d},900\n{PROSE[:120]}\n\n" for k in range(1, 10))
EVENTS = {"case": "case", "activity": "activity", "time": "time"}

Content = str | bytes | dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One malformed input: what is wrong, the file or the files of a folder, the options, and what is told."""

    name: str
    file: str
    content: Content
    told: tuple[str, ...]
    asked: dict[str, str] = field(default_factory=dict)


CASES = (
    Case("an empty text", "a.txt", "", ("a.txt is empty", "expected")),
    Case("a blank text", "a.txt", "  \n\n  \n", ("a.txt is empty", "expected")),
    Case("a text of one symbol", "a.txt", "aaaaaaaaaaaaaaaa" * 20, ("no letter but a", "several different")),
    Case("a PDF named .txt", "a.txt", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", ("a PDF document", "save it as")),
    Case("a page named .txt", "a.txt", "<!DOCTYPE html><html><body>Text</body></html>", ("a web page", "save it as")),
    Case("bytes named .txt", "a.txt", bytes(range(256)) * 20, ("is not text", "UTF-8")),
    Case("Russian in another encoding", "a.txt", ("Солнце встало над холмами. " * 9).encode("cp1251"), ("not UTF-8", "iconv -f CP1251")),
    Case("Chinese in another encoding", "a.txt", ("太阳从山上升起来了。没有人看见。\n" * 9).encode("gb18030"), ("not UTF-8", "GB18030")),
    Case("a table in another encoding", "a.csv", ("метка,текст\n" + "".join(f"{'да' if k % 3 else 'нет'},слова текста номер {k}\n" for k in range(40))).encode("cp1251"), ("not UTF-8", "iconv")),
    Case("two columns of texts", "a.csv", "".join(f"the {k}th one,is {k * 7}th too\n" for k in range(40)), ("no column of numbers", "--text COLUMN --target COLUMN")),
    Case("subtitles", "a.srt", CUES.encode("utf-16"), ("subtitles with their times", "--pieces text")),
    Case("a page of another ending", "a.html", f"<!DOCTYPE html><html>{PROSE}</html>", ("a web page", "--pieces text")),
    Case("a text of numbers and words", "a.log", "17:03:21 start 4711\n17:03:29 end 4711\n" * 9, ("a.log holds text", "--pieces text")),
    Case("a log by other names", "a.csv", LOG.replace("case,activity", "Case ID,Activity"), ("an event log", "--case 'Case ID' --activity Activity")),
    Case("prose that is taken for a table", "a.txt", "one, two, three\n" * 12 + "four, five\n", ("too short", "--pieces text")),
    Case(
        "UTF-8 with damaged places",
        "a.txt",
        "나는 오늘 학교에 갔다.\n\n비가 왔다.\n".encode() * 9 + b"\xea\xb0 \xed\n",
        ("line 28", "no UTF-8", "iconv"),
    ),
    Case(
        "lines that may follow each other",
        "a.txt",
        "".join(f"this is sentence number {word} of many\n" for word in "abcdefghijkl"),
        ("12 lines of text", "--pieces lines", "--pieces text"),
        {"symbols": "characters"},
    ),
    Case("a cut gzip", "a.txt.gz", gzip.compress(PROSE.encode() * 99)[:-99], ("ended before", "whole")),
    Case("--longest of a text", "a.txt", PROSE, ("--longest", "texts with classes"), {"longest": "50"}),
    Case("--symbols of a table", "a.csv", "day,y\n1,2\n2,3\n3,1\n", ("belong to texts", "--text"), {"symbols": "words"}),
    Case("no such column of texts", "a.csv", TEXTS, ("--text message", "there are: label, text"), {"text": "message"}),
    Case("no such class", "a.csv", TEXTS, ("--target lable", "label"), {"text": "text", "target": "lable"}),
    Case("a text without a class", "a.csv", TEXTS + ",one more of the texts\n", ("label is missing", "line 42")),
    Case("one class", "a.csv", TEXTS.replace("ham", "spam"), ("one class, spam", "two or more"), {"text": "text", "target": "label"}),
    Case("a class of one text", "a.csv", TEXTS + "eggs,a text\n", ("single sequence", "eggs"), {"text": "text"}),
    Case("an empty class", "a", {"x/1.txt": PROSE, "x/2.txt": PROSE, "y": None, "z/1.txt": PROSE}, ("folder y is empty", "take it out")),
    Case("an empty file of a class", "a", {"x.txt": NAMES, "y.txt": "", "z.txt": NAMES}, ("y.txt is empty", "expected")),
    Case("one event a case", "a.csv", "case,activity\n" + "".join(f"{k},a{k % 3}\n" for k in range(30)), ("one event", "--case"), {"case": "case", "activity": "activity"}),
    Case("one case", "a.csv", "case,activity\n" + "1,a\n1,b\n" * 9, ("one case", "--case"), {"case": "case", "activity": "activity"}),
    Case("one kind of event", "a.csv", "case,activity\n" + "1,a\n2,a\n" * 9, ("all events are a", "--activity"), {"case": "case", "activity": "activity"}),
    Case("no activity", "a.csv", LOG, ("--activity is needed", "case, activity, time"), {"case": "case"}),
    Case("no such case", "a.csv", LOG, ("--case id", "no such column"), {"case": "id", "activity": "activity"}),
    Case("an event without a case", "a.csv", LOG + ",a,2024-02-01 10:00\n", ("case is missing in line 122", "fill it in"), EVENTS),
    Case("an event without a time", "a.csv", LOG + "3,a,\n", ("time column time", "row 121"), EVENTS),
    Case("--horizon of an event log", "a.csv", LOG, ("--gaps", "an event log"), {**EVENTS, "gaps": "fill"}),
    Case("a cut XES", "a.xes", XES[:-20], ("cannot be read as XES", "check the file")),
    Case("XES with entities", "a.xes", XES.replace("<log>", '<!DOCTYPE log [<!ENTITY a "aa">]><log>'), ("document type", "event log")),
    Case("XML of another kind", "a.xes", "<html><body/></html>", ("begins with <html>", "<log>")),
    Case("XES without events", "a.xes", "<log><trace/></log>", ("no event", "expected")),
    Case("an event without a name", "a.xes", XES.replace('<string key="concept:name" value="a"/>', ""), ("3 events of 6", "concept:name")),
)  # fmt: skip
NAMED = [case.name for case in CASES]


def _written(content: Content, path):
    if isinstance(content, dict):
        for name, held in content.items():
            if held is None:
                (path / name).mkdir(parents=True)
            else:
                _written(held, path / name)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("case", CASES, ids=NAMED)
def test_it_is_refused(case, tmp_path, capsys, monkeypatch):
    """The message names the cause and what to do; the exit is 2; nothing is left behind."""
    path, out = _written(case.content, tmp_path / case.file), tmp_path / "run"
    asked = [part for name, value in case.asked.items() for part in (f"--{name}", value)]
    monkeypatch.setattr(sys, "argv", ["gatewise", "compare", str(path), *asked, "--fits", "4", "--out", str(out)])
    with pytest.raises(SystemExit) as ended:
        main()
    message = capsys.readouterr().err
    assert ended.value.code == 2, message
    refused = message[message.index("gatewise: ") :]
    assert all(word in refused for word in case.told), message
    assert not out.exists()


def test_there_are_enough():
    """Thirty different ones."""
    assert len(set(NAMED)) == len(NAMED) >= 30
