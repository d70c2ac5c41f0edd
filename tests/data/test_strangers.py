"""Files as strangers have them: what each holds is read as a person would read it, or is asked."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gatewise.data.containers import is_aside
from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.series import Series
from gatewise.data.symbols import Symbols
from gatewise.errors import DataError, OptionError

if TYPE_CHECKING:
    from pathlib import Path

PROSE = "".join(
    f"It was the year {n}, and the fox went on through the long grass, as he\nliked to do.\n" for n in range(60)
)

FASTA = "".join(f">sp|P{n:05}|NAME_{n} a protein\n{'MKVLAAGGT' * 6}\n{'WYRND' * 9}\nMK\n" for n in range(12))


def written(path: Path, text: str) -> Path:
    """The path, with the text in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def symbols(path: Path, **said: Any) -> Symbols:
    """The texts or events of a file."""
    found = look(path, Reading(**said))
    assert isinstance(found, Symbols)
    return found


def series(path: Path, **said: Any) -> Series:
    """The series of a file."""
    found = look(path, Reading(**said))
    assert isinstance(found, Series)
    return found


@pytest.mark.parametrize("name", ["genes.fa", "genes.fasta", "genes.txt"])
def test_fasta_is_its_sequences(tmp_path: Path, name: str) -> None:
    found = symbols(written(tmp_path / name, FASTA))
    assert len(found.lengths) == 12
    assert set(found.alphabet) == set("MKVLAGTWYRND")
    assert "12 sequences without the lines that begin with >" in " ".join(found.notes)


def test_fasta_in_a_folder_is_its_sequences(tmp_path: Path) -> None:
    for name in "abc":
        written(tmp_path / "genes" / f"{name}.fa", FASTA)
    found = symbols(tmp_path / "genes")
    assert len(found.lengths) == 36
    assert not {">", "|", "\n"} & set(found.alphabet)


def test_quoted_letters_are_no_fasta(tmp_path: Path) -> None:
    found = symbols(written(tmp_path / "mail.txt", "> as you wrote\n\n" + PROSE))
    assert ">" in found.alphabet


def test_what_stands_around_a_book_of_gutenberg_is_left_out(tmp_path: Path) -> None:
    licence = "THE FULL PROJECT GUTENBERG LICENSE\n\nPlease read this before you distribute €% or use this work.\n" * 9
    text = (
        "The Project Gutenberg EBook of Foxes\n\n*** START OF THIS PROJECT GUTENBERG EBOOK FOXES ***\n\n"
        f"{PROSE}\n*** END OF THIS PROJECT GUTENBERG EBOOK FOXES ***\n\n{licence}"
    )
    found = symbols(written(tmp_path / "foxes.txt", text))
    assert "".join(found.alphabet[code - 1] for code in found.codes if code) == PROSE.strip("\n")
    assert "left out: what Project Gutenberg writes around a book" in " ".join(found.notes)


def test_long_subtitles_are_told_before_a_table_is(tmp_path: Path) -> None:
    cues = "".join(
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\nHe.\n\n" for n in range(99)
    )
    for name in ("film.srt", "film.txt"):
        with pytest.raises(OptionError, match=r"subtitles with their times.*--pieces text"):
            look(written(tmp_path / name, cues))


def test_a_log_is_asked_about_in_one_sentence(tmp_path: Path) -> None:
    lines = "".join(f"Jun 14 15:16:{n % 60:02} combo sshd[{19939 + n}]: failure {n}; uid=0 euid=0\n" for n in range(90))
    with pytest.raises(DataError, match=r"--pieces lines if each .*--pieces text if .*name it 'app\.csv'") as found:
        look(written(tmp_path / "app.log", lines))
    assert len(str(found.value)) < 300
    assert len(symbols(tmp_path / "app.log", pieces="lines").lengths) == 90


def test_a_table_of_any_ending_is_read_as_one(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-{1 + n // 24:02} {n % 24:02}:00,{n % 24}.5\n" for n in range(400))
    found = series(written(tmp_path / "soil.dat", f"timestamp,soiling\n{rows}"), target="soiling")
    assert len(found.values) == 400
    assert "soil.dat is read as a table, by what it holds" in found.notes


def test_texts_without_an_ending_are_not_lost_for_a_list_beside_them(tmp_path: Path) -> None:
    for n in range(30):
        written(tmp_path / "brown" / f"ca{n:02}", PROSE)
    written(tmp_path / "brown" / "cats.txt", "".join(f"ca{n:02} editorial\n" for n in range(30)))
    assert len(symbols(tmp_path / "brown").lengths) == 31
    with zipfile.ZipFile(tmp_path / "brown.zip", "w") as archive:
        for path in (tmp_path / "brown").iterdir():
            archive.write(path, f"brown/{path.name}")
    assert len(symbols(tmp_path / "brown.zip").lengths) == 31


@pytest.mark.parametrize("packed", ["polarity.zip", "polarity.tar.gz"])
def test_an_archive_of_texts_of_other_endings_is_read_as_its_folder(tmp_path: Path, packed: str) -> None:
    texts = {name: "".join(f"a film that {name} {n} did\n" for n in range(40)) for name in ("pos", "neg")}
    if packed.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / packed, "w") as archive:
            for name, text in texts.items():
                archive.writestr(f"rt.{name}", text)
    else:
        with tarfile.open(tmp_path / packed, "w:gz") as archive:
            for name, text in texts.items():
                info = tarfile.TarInfo(f"rt.{name}")
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text.encode()))
    found = look(tmp_path / packed, Reading(pieces="lines"))
    assert "2 classes: neg (40), pos (40)" in "\n".join(found.describe())


def test_what_an_archive_holds_beside_the_data_is_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as archive:
        archive.writestr("book.txt", PROSE)
        archive.writestr("cover.jpg", "no text")
    assert "not read of book.zip: cover.jpg" in symbols(tmp_path / "book.zip").notes


def test_a_description_beside_folders_of_tables_is_no_text_to_learn(tmp_path: Path) -> None:
    written(tmp_path / "set" / "description.txt", PROSE)
    for n in range(9):
        written(tmp_path / "set" / "dataset" / f"rss_{n}.csv", "a,b\n1,2\n3,4\n")
    with pytest.raises(DataError, match="no column of numbers"):
        look(tmp_path / "set")


def test_two_western_signs_are_no_korean_syllable(tmp_path: Path) -> None:
    (tmp_path / "speech.txt").write_bytes((PROSE + "a cut of the ½¢ a head\n").encode("latin-1"))
    assert any("Western European" in note for note in symbols(tmp_path / "speech.txt").notes)


def test_korean_words_of_one_syllable_are_korean(tmp_path: Path) -> None:
    days, dates = "월화수목금토일", np.arange("2024-01-01", "2024-12-31", dtype="datetime64[D]")
    rows = "".join(f"{date},{days[n % 7]},{n % 5}\n" for n, date in enumerate(dates))
    (tmp_path / "days.csv").write_bytes(("day,weekday,y\n" + rows).encode("cp949"))
    assert any("weekday=월" in name for name in series(tmp_path / "days.csv", target="y").features)


def test_a_day_of_the_month_is_part_of_the_date_under_its_long_names(tmp_path: Path) -> None:
    days = np.arange("2020-01-01", "2020-12-31", dtype="datetime64[D]").tolist()
    rows = "".join(f"{day.year},{day.month},{day.day},{day.isoweekday()},{day.day % 5}\n" for day in days)
    path = written(tmp_path / "births.csv", f"year,month,date_of_month,day_of_week,births\n{rows}")
    assert series(path, target="births").time == "year + month + date_of_month"


def test_a_clock_of_four_digits_under_any_name_is_joined_and_predicted_on(tmp_path: Path) -> None:
    rows = "".join(f"2018,{291 + n // 288},{n // 12 % 24 * 100 + n % 12 * 5},{n % 7}.5\n" for n in range(600))
    path = written(tmp_path / "midc.csv", f"Year,DOY,MST,ghi\n{rows}")
    found = series(path, target="ghi")
    assert (found.time, len(found.values)) == ("Year + DOY + MST", 600)
    again = series(path, target="ghi", time="Year,DOY,MST")
    assert (again.stamps == found.stamps).all()


def test_a_row_number_that_begins_anew_in_each_series_is_no_covariate(tmp_path: Path) -> None:
    days = np.arange("2015-01-01", "2015-04-01", dtype="datetime64[D]")[::-1].astype(str)
    rows = "".join(
        f"{n},{day},{name},{n * 7 % 11}.5\n" for name in ("AAPL", "TSLA", "COKE") for n, day in enumerate(days)
    )
    path = written(tmp_path / "stocks.csv", f",Date,Stock,Close\n{rows}")
    found = series(path, target="Close", series="Stock")
    assert found.features == ("Close",)
    assert "left out, the time once more or a number of the row: unnamed: 0" in found.notes


def test_the_evidence_for_two_decimal_marks_is_a_number(tmp_path: Path) -> None:
    rows = "".join(f"{'' if n < 3 else 27217.0}\t45,0{n % 9 + 1}\n" for n in range(30))
    with pytest.raises(DataError, match=r"'27217\.0' with a decimal point"):
        look(written(tmp_path / "orders.tsv", f"code\tsales\n{rows}"), Reading(target="sales"))


def test_texts_beside_a_measure_are_asked_about(tmp_path: Path) -> None:
    stages = ("Stage 01: Browsers", "Stage 02: Unbounced Users", "Stage 03: Email Signups", "Stage 04: Confirmed")
    rows = "".join(f'"{stages[n % 4]} of {n // 8}",{"Male" if n % 2 else "Female"},{n * n * 97}\n' for n in range(40))
    with pytest.raises(OptionError, match="may hold texts in column Stage"):
        look(written(tmp_path / "funnel.csv", f"Stage,Gender,Users\n{rows}"))


def test_an_object_on_several_lines_is_no_file_of_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "rain.json", '{\n  "width": 3,\n  "meta": {"a": 1}\n}\n')
    with pytest.raises(DataError, match="holds an object of no arrays"):
        look(path, Reading(target="y"))


def test_events_that_begin_and_end_are_said_to_be_told_by_their_name_alone(tmp_path: Path) -> None:
    rows = "".join(
        f"{case},{name},{kind},2017-01-{day + 1:02}T{case % 24:02}:{minute}:00\n"
        for case in range(30)
        for day, name in enumerate(("Registration", "Triage", "X-Ray" if case % 2 else "MRI"))
        for minute, kind in ((10, "start"), (50, "complete"))
    )
    path = written(tmp_path / "patients.csv", f"patient,handling,registration_type,time\n{rows}")
    found = symbols(path, case="patient", activity="handling")
    said = "events are told by handling alone; their registration_type is not read: complete, start"
    assert said in found.notes


def test_many_comments_at_the_top_are_comments(tmp_path: Path) -> None:
    about = "".join(f"# {n}. Column {n} is in units; of {n}\n" for n in range(50))
    rows = "".join(f"2020-06-{1 + n // 24:02}T{n % 24:02}:00:00.0;{n % 24}.5;{n % 7}.5\n" for n in range(200))
    path = written(tmp_path / "cams.csv", f"{about}# Observation period;GHI;BHI\n{rows}")
    assert series(path, target="GHI").features == ("GHI", "BHI")


def test_names_below_lines_about_the_place_are_found(tmp_path: Path) -> None:
    rows = "".join(f"{1 + n // 24},{n % 24},{n % 24}.5,{n % 7}.5,,\n" for n in range(400))
    about = (
        "Hourly data,,,,,\nLat (deg N):,39.73,,,,\nLong (deg W):,105.18,,,,\nElev (m):,1819,,,,\nModule:,Standard,,,,\n"
    )
    path = written(tmp_path / "watts.csv", f"{about}\nDay,Hour,Beam (W/m^2),Temp (C),Note,Source\n{rows}")
    assert series(path, target="Beam (W/m^2)", time="none", series="none").features[0] == "Beam (W/m^2)"
    source = "Source,Location,City,Latitude,Longitude,Zone\nNSRDB,401182,-,40.53,-108.18,-7\n"
    rows = "".join(f"2017,1,{1 + n // 24},{n % 24},{n % 7}.5,\n" for n in range(400))
    path = written(tmp_path / "psm.csv", f"{source}Year,Month,Day,Hour,GHI,\n{rows}")
    assert series(path, target="GHI").time == "Year + Month + Day + Hour"


def test_a_sign_that_nobody_measures_is_proposed_though_it_comes_once(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-{1 + n:02},{-9999.9 if n == 7 else n * 3 % 11}\n" for n in range(28))
    found = series(written(tmp_path / "noaa.csv", f"day,t\n{rows}"), target="t")
    assert any("--missing -9999.9" in note for note in found.notes)
    rows = "".join(f"2024-01-{1 + n:02},{70 if n == 7 else n * 3 % 11}\n" for n in range(28))
    found = series(written(tmp_path / "peak.csv", f"day,t\n{rows}"), target="t")
    assert not any("--missing" in note for note in found.notes)


def test_a_number_of_the_line_is_not_what_is_proposed_to_be_forecast(tmp_path: Path) -> None:
    rows = "".join(f"{n + 1},2015-10-{1 + n % 28:02},{'INFO' if n % 3 else 'WARN'},E{n % 9}\n" for n in range(60))
    path = written(tmp_path / "structured.csv", f"LineId,Date,Level,EventId\n{rows}")
    with pytest.raises(OptionError, match="no column of numbers to be forecast"):
        look(path)


@pytest.mark.filterwarnings("error")
def test_infinity_in_a_covariate_is_refused_without_a_warning(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-{1 + n:02},{n * 3 % 11},-inf\n" for n in range(28))
    with pytest.raises(DataError, match="column adj has 28 infinite values"):
        series(written(tmp_path / "adj.csv", f"day,t,adj\n{rows}2024-01-29,3,1.5\n"), target="t")


def test_a_chat_is_no_table_of_texts_and_days(tmp_path: Path) -> None:
    said = ("approvals take two days", "I keep chasing finance", "we need one place to see the state")
    lines = "".join(
        f"[9/{1 + n // 20}/26, {1 + n % 12}:{n % 60:02}:00 AM] Ann: {said[n % 3]} {n}\n" for n in range(400)
    )
    with pytest.raises(OptionError, match="type --pieces lines, or --pieces text"):
        look(written(tmp_path / "chat.txt", lines))


def test_letters_of_an_unknown_encoding_are_told_before_a_target_is_asked_for(tmp_path: Path) -> None:
    lines = "吾輩は猫である。名前はまだ無い。\nどこで生れたかとんと見当がつかぬ。\n" * 60
    (tmp_path / "cat.txt").write_bytes(lines.encode("shift_jis"))
    with pytest.raises(DataError, match=r"cat\.txt is not UTF-8.*iconv"):
        look(tmp_path / "cat.txt")


def test_clicks_of_sessions_are_asked_about_as_events(tmp_path: Path) -> None:
    events = ("view", "click", "cart", "buy")
    rows = "".join(
        f'{{"session":"s{n // 6}","event":"{events[n * n % 4]}","ts":{1700000000 + n}}}\n' for n in range(90)
    )
    with pytest.raises(OptionError, match="--case session --activity event"):
        look(written(tmp_path / "clicks.jsonl", rows))


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y"])
def test_a_few_days_beside_a_clock_are_not_read_as_months(tmp_path: Path, form: str) -> None:
    times = np.arange("2000-01-01T00:00", "2000-01-07T00:00", 20, dtype="datetime64[m]").tolist()
    rows = "".join(f"{time.strftime(form)},{time:%H:%M},{n % 7}.5\n" for n, time in enumerate(times))
    path = written(tmp_path / "clock.csv", f"date,clock,y\n{rows}")
    with pytest.raises(DataError, match=r"--dates dmy\|mdy"):
        series(path, target="y")
    order = "dmy" if form.startswith("%d") else "mdy"
    assert str(series(path, target="y", dates=order).stamps[-1]) == "2000-01-06T23:40:00.000000"


def test_how_dates_beside_a_clock_were_read_is_said(tmp_path: Path) -> None:
    times = np.arange("2000-01-05T00:00", "2000-02-10T00:00", 6, dtype="datetime64[h]").tolist()
    rows = "".join(f"{time:%d/%m/%y},{time:%H:%M},{n % 7}.5\n" for n, time in enumerate(times) if time.day < 13)
    found = series(written(tmp_path / "clock.csv", f"date,clock,y\n{rows}"), target="y")
    assert any("read as day/month/year, for only so the rows are in order" in note for note in found.notes)


def test_what_is_written_about_data_is_told_by_its_whole_name() -> None:
    """A table of plates is no licence."""
    about = ("README", "readme.md", "data/README_en.txt", "LICENSE.txt", "licence")
    assert [name for name in about if not is_aside(name)] == []
    data = ("license-plates.csv", "licenses.csv", "readme.csv", "data/licence.csv", "readmissions.txt")
    assert [name for name in data if is_aside(name)] == []
