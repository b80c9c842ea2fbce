"""`verify-core read-numbers`: line by line, damage named, interrupts survived."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings, strategies as st

from verify_core import PhonePolicy
from verify_core.cli import _commands as commands
from verify_core.cli._csv_records import CHUNK, MAX_RECORD, chunks, fields_of, records
from verify_core.cli._number_columns import Shape, read_cell, read_chunk
from verify_core.cli._number_output import opened_output
from verify_core.cli._number_tables import Table, open_table
from verify_core.cli._policies import policy_from
from verify_core.cli._read_numbers import _settings
from verify_core.errors import InvalidSetting

GOOD = "+15553231234"
COMMAND = [sys.executable, "-m", "verify_core.cli", "read-numbers"]


def run(*arguments: object) -> Result:
    every = ["read-numbers", *map(str, arguments)]
    return CliRunner().invoke(commands.verify_core, every)


def lines_of(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as opened:
        mark = opened.readline()[len("line")]
        opened.seek(0)
        return list(csv.DictReader(opened, delimiter=mark))


def read(folder: Path, data: bytes, *options: str) -> list[dict[str, Any]]:
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_bytes(data)
    result = run(source, "--column", "phone", "--out", target, "--overwrite", *options)
    assert result.exit_code == 0, result.output
    return lines_of(target)


def summary(folder: Path, data: bytes, *options: str) -> dict[str, Any]:
    source = folder / "in.csv"
    source.write_bytes(data)
    found: dict[str, Any] = json.loads(run(source, "--json", *options).stdout)
    return found


class TestWholeLines:
    def test_each_line_keeps_its_columns_and_gets_the_answer(
        self, tmp_path: Path
    ) -> None:
        data = f'id,phone,note\n7,{GOOD},"a ""b"", c"\n8,(555) 323-1234,\n'.encode()

        first, second = read(tmp_path, data)

        assert first == {
            "line": "2",
            "e164": GOOD,
            "region": "US",
            "provenance": "explicit",
            "reason": "",
            "damage": "",
            "id": "7",
            "phone": GOOD,
            "note": 'a "b", c',
        }
        assert (second["e164"], second["reason"]) == ("", "missing_country_code")

    @pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
    def test_any_delimiter_and_line_break(
        self, tmp_path: Path, mark: str, line_break: str
    ) -> None:
        rows = [f"id{mark}phone", f"1{mark}{GOOD}", f'2{mark}"{GOOD}"', ""]

        found = read(tmp_path, line_break.join(rows).encode())

        assert [each["e164"] for each in found] == [GOOD, GOOD]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
    def test_an_encoding_that_is_declared(self, tmp_path: Path, encoding: str) -> None:
        (found,) = read(tmp_path, f"phone,ñame\n{GOOD},é".encode(encoding))

        assert (found["e164"], found["ñame"]) == (GOOD, "é")

    def test_an_encoding_that_the_caller_names(self, tmp_path: Path) -> None:
        data = f"phone,ñ\n{GOOD},é\n".encode("latin-1")

        (found,) = read(tmp_path, data, "--encoding", "latin-1")

        assert (found["e164"], found["ñ"]) == (GOOD, "é")

    def test_a_field_over_several_lines(self, tmp_path: Path) -> None:
        data = f'id,phone\n1,"{GOOD}\n"\n2,{GOOD}\n'.encode()

        assert [each["line"] for each in read(tmp_path, data)] == ["2", "4"]

    def test_excel_announces_a_delimiter(self, tmp_path: Path) -> None:
        (found,) = read(tmp_path, f"sep=;\nphone;a,b\n{GOOD};c\n".encode())

        assert (found["line"], found["a,b"]) == ("3", "c")

    def test_names_of_ours_that_the_file_has_too(self, tmp_path: Path) -> None:
        (found,) = read(tmp_path, f"phone,e164\n{GOOD},x\n".encode())

        assert (found["e164"], found["e164_"]) == ("x", GOOD)

    def test_a_file_without_a_header(self, tmp_path: Path) -> None:
        found = summary(tmp_path, f"1,{GOOD}\n".encode(), "--no-header", "--column=2")

        assert (found["lines"], found["read"]) == (1, 1)

    def test_the_only_column_needs_no_name(self, tmp_path: Path) -> None:
        assert summary(tmp_path, f"p\n{GOOD}\n".encode())["regions"] == {"US": 1}


class TestDamage:
    @pytest.mark.parametrize(
        ("line", "reason", "damage"),
        [
            (b"1,1.5553E+10", "decimal", "exponent"),
            (b'1,"1,5553E+10"', "decimal", "exponent"),
            (b"1,15553231234.0", "decimal", "fraction"),
            (b"1,+15553231234.00", "decimal", "fraction"),
            (b'1,"15553231234,0"', "decimal", "fraction"),
            (b'1,"15553231234,000"', "decimal", "fraction"),
            (b"1,15553231234.000", "decimal", "fraction"),
            (b"1,15553231234.0000000", "decimal", "fraction"),
            (b"1,+4915123456789.000", "decimal", "fraction"),
            (b"1,-15553231234.0", "decimal", "fraction"),
            (b"1,-1.5553E+10", "decimal", "exponent"),
            (b"1,-15553231234", "decimal", "negative"),
            ("1,\u221215553231234".encode(), "decimal", "negative"),
            (b'1,"15,553,231,234"', "decimal", "thousands"),
            (b'1,"15,553,231,234.00"', "decimal", "thousands"),
            (b'1,"1,55,53,23,123"', "decimal", "thousands"),
            (b'1,"15.553.231.234,00"', "decimal", "thousands"),
            ('1,"15\u202f553\u202f231\u202f234,00"'.encode(), "decimal", "thousands"),
            (b'1,"=""+15553231234"""', "unexpected_character", "formula"),
            (b"1,#REF!", "letters", "error_value"),
            (b"1,####", "unexpected_character", "error_value"),
            (b"1,caf\xe9", "encoding", "encoding"),
            (b"\xff,+15553231234", "encoding", "encoding"),
            (b"1,+\x001\x005\x005", "encoding", "encoding"),
            (b'1,"+15553231234', "quotes", "quotes"),
            (b'1,"+15553231234" x', "quotes", "quotes"),
            (b"1,+15553231234\rx", "line_break", "line_break"),
            (b"1,+15553231234,2", "columns", "columns"),
            (b"+15553231234", "columns", "columns"),
            (b"", "empty", ""),
            (b'1,+15553231234"', "unexpected_character", ""),
        ],
    )
    def test_what_is_damaged_is_named_and_swallows_nothing(
        self, tmp_path: Path, line: bytes, reason: str, damage: str
    ) -> None:
        data = b"id,phone\n" + line + b"\n2,+15553231235\n"

        first, second = read(tmp_path, data)

        shown = (first["line"], first["e164"], first["reason"], first["damage"])
        assert shown == ("2", "", reason, damage)
        assert (second["line"], second["e164"]) == ("3", "+15553231235")

    @pytest.mark.parametrize(
        ("cell", "damage"),
        [("'+15553231234", "apostrophe"), ("15553231234", "lost_plus")],
    )
    def test_what_has_lost_no_digit_is_read_and_named(
        self, cell: str, damage: str
    ) -> None:
        found = read_cell(cell, PhonePolicy())

        assert (found.e164, found.damage) == (GOOD, damage)

    @pytest.mark.parametrize(
        "cell", ["+1555323.1234", "+1.555.323.1234", "+15 553 231 234", "+1555-3231234"]
    )
    def test_groups_of_digits_are_no_damage(self, cell: str) -> None:
        found = read_cell(cell, PhonePolicy())

        assert (found.e164, found.damage) == (GOOD, "")

    def test_a_line_without_an_end_is_named_in_pieces(self, tmp_path: Path) -> None:
        long = b"1," + b"5" * (3 * CHUNK)

        found = read(tmp_path, b"id,phone\n" + long + b"\n2," + GOOD.encode())

        assert {each["reason"] for each in found[:-1]} == {"line_length"}
        assert (found[-1]["line"], found[-1]["e164"]) == ("3", GOOD)

    @pytest.mark.parametrize(
        ("data", "options", "words"),
        [
            (b"a,b\n", ["--column", "c"], "'a', 'b'"),
            (b"a,b\n", [], "'a', 'b'"),
            (b"c,d,c\n", ["--column", "c"], "--column: 2 columns are named 'c'; give"),
            (b"c,d\n", ["--column", "x"], "--column: is not in the header; it has"),
            (b"c,d\n", ["--column", ""], "--column: is not in the header; it has"),
            (b"c,d\n", [], "--column: is needed; the file has 'c', 'd'"),
            (b"", ["--column", "c"], "no header"),
            (b"\xe9,c\n", ["--column", "c"], "--encoding"),
            ("c\n".encode("utf-16-le"), ["--column", "c"], "byte order mark"),
            (b"c\n", ["--column", "c", "--encoding", "zlib"], "--encoding"),
            (b"c\n", ["--column", "2", "--no-header"], "from 1 to 1"),
        ],
    )
    def test_a_beginning_that_cannot_be_read(
        self, tmp_path: Path, data: bytes, options: list[str], words: str
    ) -> None:
        source = tmp_path / "in.csv"
        source.write_bytes(data)

        result = run(source, *options)

        assert result.exit_code == 2
        assert words in result.stderr


LONG = b"z" * 700
STARTS = [b"a,+1555", b'"x', b'"x""y",1', b'1,"', b"\xff", b'"']
PIECES = [start + end for start in STARTS for end in (b"", b"\n", LONG + b"\n")]
BLOCKS = st.lists(st.sampled_from([*PIECES, b"y" * MAX_RECORD]), max_size=12)


class TestRecords:
    @settings(max_examples=6)
    @given(BLOCKS, st.sampled_from([1, 40, 400]), st.integers(1, 9) | st.just(CHUNK))
    def test_every_byte_is_in_one_record_wherever_reads_end(
        self, block: list[bytes], times: int, share: int
    ) -> None:
        unit = b"".join(block) or b"x"
        data = (unit * min(times, 2 * CHUNK // len(unit) + 1))[: 2 * CHUNK]
        size = CHUNK // share

        cut = list(chunks(io.BytesIO(data).read, ","))
        stream = io.BytesIO(data)
        again = list(chunks(lambda _size: stream.read(size), ","))

        whole = data if data.endswith(b"\n") or not data else data + b"\n"
        assert b"".join(chunk.data for chunk in cut) == whole
        assert again == cut
        for chunk in cut:
            before = 0
            for raw, line, _is_whole in records(chunk, ","):
                assert line == chunk.line + before
                before += raw.count(b"\n") + (not chunk.is_piece)

    @given(st.lists(st.lists(st.text('a",;\n '), min_size=2, max_size=3), max_size=9))
    def test_what_the_csv_module_writes_is_read(self, rows: list[list[str]]) -> None:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)

        (chunk, *_) = [*chunks(io.BytesIO(out.getvalue().encode()).read, ","), None]

        found = [] if chunk is None else records(chunk, ",")
        assert [fields_of(raw.decode(), ",") for raw, _, _ in found] == rows

    @given(st.lists(st.sampled_from(list(b'",\r\n\xffa1 \0')), max_size=40))
    def test_each_record_is_one_line_of_the_output(self, data: list[int]) -> None:
        shape = Shape(delimiter=",", position=1, width=2, line_break="\n")
        for chunk in chunks(io.BytesIO(bytes(data)).read, ","):
            out, tally = read_chunk(chunk, shape, PhonePolicy())

            rows = list(csv.reader(io.StringIO(out.decode(), newline="")))

            assert len(rows) == tally.lines
            assert all(len(row) >= 8 and row[0].isdecimal() for row in rows)


class TestInterrupts:
    """A file of several chunks, its output stopped after some."""

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        path = tmp_path / "in.csv"
        note = "n" * 1000
        lines = (f"+4915{n:09},{note}\n" for n in range(1200))
        path.write_text("phone,note\n" + "".join(lines), encoding="utf-8")
        return path

    def stop(self, source: Path, target: Path, *, after: int) -> None:
        policy = PhonePolicy()
        with source.open("rb") as stream, suppress(KeyboardInterrupt):
            table = self.table(stream)
            with opened_output(
                f"{target}",
                table.header(),
                _settings(table, policy),
                overwrite=False,
                resume=False,
            ) as goal:
                for chunk in islice(table.chunks(), after):
                    goal.write(chunk.data, *read_chunk(chunk, table.shape, policy))
                raise KeyboardInterrupt

    def table(self, stream: Any) -> Table:  # noqa: ANN401
        return open_table(
            stream, encoding=None, column="phone", delimiter=None, has_header=True
        )

    @pytest.mark.parametrize("after", [0, 2])
    def test_goes_on_to_the_same_output(
        self, source: Path, tmp_path: Path, after: int
    ) -> None:
        whole, target = tmp_path / "whole.csv", tmp_path / "out.csv"
        once = run(source, "--column", "phone", "--out", whole, "--json", "--jobs", 2)
        self.stop(source, target, after=after)

        again = run(source, "--column=phone", "--out", target, "--resume", "--json")

        assert target.read_bytes() == whole.read_bytes()
        shown = [json.loads(each.stdout) for each in (once, again)]
        assert {**shown[0], "out": ""} == {**shown[1], "out": ""}
        left = sorted(each.name for each in tmp_path.iterdir())
        assert left == ["in.csv", "out.csv", "whole.csv"]

    @pytest.mark.parametrize("change", ["input", "policy", "part"])
    def test_refuses_to_go_on_with_another(
        self, source: Path, tmp_path: Path, change: str
    ) -> None:
        target, options = tmp_path / "out.csv", ["--column", "phone", "--resume"]
        self.stop(source, target, after=2)
        if change == "input":
            source.write_bytes(source.read_bytes() + b"x,y\n")
        elif change == "part":
            (tmp_path / "out.csv.part").write_bytes(b"")
        else:
            options += ["--default-region", "DE"]

        result = run(source, "--out", target, *options)

        assert result.exit_code == 2
        assert "refused" in result.stderr
        assert not target.exists()

    def test_a_part_is_not_replaced_without_asking(
        self, source: Path, tmp_path: Path
    ) -> None:
        self.stop(source, tmp_path / "out.csv", after=1)

        result = run(source, "--column", "phone", "--out", tmp_path / "out.csv")

        assert result.exit_code == 2
        assert "--resume or --overwrite" in result.stderr

    def test_what_was_made_meanwhile_is_not_replaced(
        self, source: Path, tmp_path: Path
    ) -> None:
        target = tmp_path / "out.csv"
        self.stop(source, target, after=1)
        target.write_text("mine", encoding="ascii")

        refused = run(source, "--column=phone", "--out", target, "--resume")

        assert (refused.exit_code, target.read_text("ascii")) == (2, "mine")
        assert "move it away" in refused.stderr
        target.unlink()
        done = run(source, "--column=phone", "--out", target, "--resume")
        assert (done.exit_code, len(lines_of(target))) == (0, 1200)

    def test_the_draft_of_a_checkpoint_is_gone_at_the_end(
        self, source: Path, tmp_path: Path
    ) -> None:
        target = tmp_path / "out.csv"
        self.stop(source, target, after=1)
        (tmp_path / "out.csv.part.new").touch()

        result = run(source, "--column=phone", "--out", target, "--resume")

        assert result.exit_code == 0
        left = sorted(each.name for each in tmp_path.iterdir())
        assert left == ["in.csv", "out.csv"]


class TestOutput:
    def test_a_file_is_not_replaced_without_asking(self, tmp_path: Path) -> None:
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        source.write_text(f"phone\n{GOOD}\n", encoding="ascii")
        target.write_text("mine", encoding="ascii")

        result = run(source, "--out", target)

        assert (result.exit_code, target.read_text("ascii")) == (2, "mine")

    def test_the_input_is_never_the_output(self, tmp_path: Path) -> None:
        source = tmp_path / "in.csv"
        source.write_text(f"phone\n{GOOD}\n", encoding="ascii")

        result = run(source, "--out", source, "--overwrite")

        assert (result.exit_code, "is the file that is read" in result.stderr) == (
            2,
            True,
        )

    @pytest.mark.parametrize("ending", ["part", "part.new", "part.json"])
    @pytest.mark.parametrize("option", [[], ["--overwrite"], ["--resume"]])
    def test_the_input_is_nothing_that_is_written_first(
        self, tmp_path: Path, ending: str, option: list[str]
    ) -> None:
        source = tmp_path / f"out.csv.{ending}"
        source.write_text(f"phone\n{GOOD}\n", encoding="ascii")

        result = run(source, "--out", tmp_path / "out.csv", *option)

        assert (result.exit_code, "is the file that is read" in result.stderr) == (
            2,
            True,
        )
        assert source.read_text("ascii") == f"phone\n{GOOD}\n"

    @pytest.mark.parametrize("ending", ["part", "part.new", "part.json"])
    @pytest.mark.parametrize("option", [[], ["--overwrite"], ["--resume"]])
    def test_a_file_that_no_run_left_is_not_written_over(
        self, tmp_path: Path, ending: str, option: list[str]
    ) -> None:
        source, other = tmp_path / "in.csv", tmp_path / f"out.csv.{ending}"
        source.write_text(f"phone\n{GOOD}\n", encoding="ascii")
        other.write_text('{"settings": 1}', encoding="ascii")

        result = run(source, "--out", tmp_path / "out.csv", *option)

        (sentence,) = result.stderr.splitlines()[-1:]
        assert (result.exit_code, f"{other} is there already" in sentence) == (2, True)
        assert other.read_text("ascii") == '{"settings": 1}'
        assert {each.name for each in tmp_path.iterdir()} == {"in.csv", other.name}

    def test_a_link_is_not_written_through(self, tmp_path: Path) -> None:
        source, other = tmp_path / "in.csv", tmp_path / "empty"
        source.write_text(f"phone\n{GOOD}\n", encoding="ascii")
        other.touch()
        (tmp_path / "out.csv.part").symlink_to(other)

        result = run(source, "--out", tmp_path / "out.csv", "--overwrite")

        assert (result.exit_code, other.stat().st_size) == (2, 0)

    @pytest.mark.skipif(os.name != "posix", reason="needs a limit to a file's size")
    def test_a_full_disk_at_the_beginning_leaves_nothing(self, tmp_path: Path) -> None:
        source = tmp_path / "in.csv"
        source.write_text(f"phone\n{GOOD}\n", encoding="ascii")
        line = shlex.join([*COMMAND, f"{source}", "--out", f"{tmp_path / 'out.csv'}"])

        done = subprocess.run(
            ["/bin/bash", "-c", f"ulimit -f 0; {line}"],
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.returncode, done.stderr.count("\n")) == (4, 1), done.stderr
        assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
    def test_a_full_disk_ends_with_one_sentence(self, tmp_path: Path) -> None:
        source = tmp_path / "in.csv"
        source.write_text(f"phone\n{GOOD}\n", encoding="ascii")

        result = run(source, "--out", "/dev/full")

        assert (result.exit_code, result.stderr.count("\n")) == (4, 1)

    def test_a_pipe_comes_in_and_a_pipe_goes_out(self) -> None:
        command = [*COMMAND, "-", "--out", "-", "--json"]
        data = f"phone\n{GOOD}\n".encode()

        done = subprocess.run(command, input=data, capture_output=True, check=True)

        assert done.stdout.decode().splitlines()[1] == f"2,{GOOD},US,explicit,,,{GOOD}"
        assert json.loads(done.stderr)["read"] == 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
class TestKilled:
    """The command with two processes, waiting for whoever reads its output."""

    @pytest.fixture
    def command(self, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
        source, pipe = tmp_path / "in.csv", subprocess.PIPE
        lines = f"{GOOD},{'n' * 1000}\n" * (20 * CHUNK // 1000)
        source.write_text(f"phone,note\n{lines}", encoding="ascii")
        line = [*COMMAND, f"{source}", "--column=phone", "--jobs=2", "--out=-"]
        with subprocess.Popen(line, stdout=pipe, stderr=pipe) as process:
            assert process.stdout is not None
            process.stdout.readline()  # the header
            process.stdout.readline()  # what a process has read
            yield process
            process.kill()

    def test_no_process_outlives_the_command(
        self, command: subprocess.Popen[bytes]
    ) -> None:
        assert len(children_of(command.pid)) >= 2

        command.kill()

        # Each has the output open, which ends when the last of them does.
        command.communicate(timeout=30)

    @pytest.mark.parametrize("which", [slice(None), slice(1), slice(1, None)])
    def test_a_process_that_is_killed_is_an_error_of_its_own(
        self, command: subprocess.Popen[bytes], which: slice
    ) -> None:
        for process in children_of(command.pid)[which]:
            os.kill(process, signal.SIGKILL)

        _out, printed = command.communicate(timeout=30)

        assert (command.returncode, printed.count(b"\n")) == (4, 1)
        assert b"pass fewer --jobs [cli.failed]" in printed


def children_of(parent: int) -> list[int]:
    every = [int(each.name) for each in Path("/proc").glob("[0-9]*")]
    return [each for each in every if parent_of(each) == parent]


def parent_of(process: int) -> int | None:
    try:
        about = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
    except OSError:  # it has ended
        return None
    return int(about.rpartition(") ")[2].split()[1])


class TestPolicy:
    def test_stands_in_a_toml_file(self, tmp_path: Path) -> None:
        policy = tmp_path / "policy.toml"
        policy.write_text(
            'default_region = "US"\nallowed_calling_codes = [1]\n', encoding="ascii"
        )
        data = b"phone\n(555) 323-1234\n+4930123456\n"

        found = read(tmp_path, data, "--policy", f"{policy}")

        assert [each["e164"] for each in found] == [GOOD, ""]
        assert found[1]["reason"] == "not_allowed_calling_code"

    @pytest.mark.parametrize("text", ["regions = 1", "strict = 1", "strict = ", ""])
    def test_names_what_it_does_not_know(self, tmp_path: Path, text: str) -> None:
        policy = tmp_path / "policy.toml"
        policy.write_text(text, encoding="ascii")

        if not text:
            assert policy_from(policy) == PhonePolicy()
            return
        with pytest.raises(InvalidSetting):
            policy_from(policy)
