"""Workbooks are measured before they are unpacked, and hold texts, not formulas."""

import zipfile
from datetime import datetime
from errno import EINVAL, EIO
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from labeling.files import FileRefused
from labeling.files.sheets import check_workbook, read_sheet, write_sheet


def workbook(tmp_path, rows=(("item", "rater", "labels"), ("1", "ann", "crm"))):
    path = tmp_path / "book.xlsx"
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def altered(path, name, data):
    """The workbook with one part in place of another."""
    out = path.with_name("altered.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, data if part.filename == name else old.read(part))
    return out


def test_rows_come_by_their_columns(tmp_path):
    path = workbook(tmp_path, [("item", "n", "on"), (7, 1.5, None), (None, None, None), ("x", True, "")])
    assert [(row.line, row.values) for row in read_sheet(path)] == [
        (2, {"item": "7", "n": "1.5", "on": ""}),
        (4, {"item": "x", "n": "true", "on": ""}),
    ]


def test_bombs_and_entities_are_refused(tmp_path):
    path = workbook(tmp_path)
    bomb = altered(path, "xl/worksheets/sheet1.xml", b"<a>" + b" " * 20_000_000 + b"</a>")
    with pytest.raises(FileRefused, match="hundred times"):
        check_workbook(bomb)
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    with pytest.raises(FileRefused, match="entities"):
        check_workbook(altered(path, "xl/worksheets/sheet1.xml", laughs))
    with pytest.raises(FileRefused, match="entities"):
        check_workbook(altered(path, "xl/worksheets/sheet1.xml", laughs.decode().encode("utf-16")))
    with pytest.raises(FileRefused, match="no XML"):
        check_workbook(altered(path, "xl/workbook.xml", b"nothing"))
    (tmp_path / "text.xlsx").write_bytes(b"item\n1\n")
    with pytest.raises(FileRefused, match="no workbook"):
        check_workbook(tmp_path / "text.xlsx")


def test_cells_are_texts_and_come_back_as_they_were(tmp_path):
    held = BytesIO()
    write_sheet(held, [{"a": "=1+1", "=b": 3}, {"a": "'=x", "=b": None}], ["a", "=b"])
    sheet = load_workbook(held).active
    assert (sheet["B1"].value, sheet["B1"].data_type) == ("'=b", "s")
    assert [(cell.value, cell.data_type) for cell in sheet["A"]][1:] == [("'=1+1", "s"), ("''=x", "s")]
    path = tmp_path / "out.xlsx"
    path.write_bytes(held.getvalue())
    assert [row.values for row in read_sheet(path)] == [{"a": "=1+1", "=b": "3"}, {"a": "'=x", "=b": ""}]


def test_a_disk_that_fails_is_not_told_as_a_workbook_that_is_none(tmp_path, monkeypatch):
    path = workbook(tmp_path)

    def failing(number):
        def read(self, *arguments):
            raise OSError(number, "told by the disk")

        return read

    monkeypatch.setattr(zipfile.ZipExtFile, "read", failing(EIO))
    with pytest.raises(OSError, match="told by the disk"):
        check_workbook(path)
    with pytest.raises(OSError, match="told by the disk"):
        list(read_sheet(path))
    monkeypatch.setattr(zipfile.ZipExtFile, "read", failing(EINVAL))  # a place outside the file: it is damaged
    with pytest.raises(FileRefused, match="no workbook"):
        check_workbook(path)
    with pytest.raises(FileNotFoundError):
        check_workbook(tmp_path / "none.xlsx")


def test_damage_inside_a_sheet_is_told(tmp_path):
    path = workbook(tmp_path)
    with zipfile.ZipFile(path) as packed:
        whole = packed.read("xl/worksheets/sheet1.xml")
    with pytest.raises(FileRefused, match="cannot be read"):
        list(read_sheet(altered(path, "xl/worksheets/sheet1.xml", whole[: len(whole) // 2])))


def test_a_day_is_a_day(tmp_path):
    path = workbook(tmp_path, [("item", "founded", "seen"), ("1", datetime(2024, 5, 1), datetime(2024, 5, 1, 13, 30))])
    (row,) = read_sheet(path)
    assert row.values == {"item": "1", "founded": "2024-05-01", "seen": "2024-05-01T13:30:00"}
