import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeling.files import FileRefused, Limits, read_rows
from labeling.files.parquet import read_parquet


def write(tmp_path, content, name="data.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path, **options):
    return list(read_rows(path, **options))


def test_csv_with_a_byte_order_mark(tmp_path):
    rows = read(write(tmp_path, b"\xef\xbb\xbfid,text\r\n1,\xc3\xa4\r\n"))
    assert [(row.line, row.values) for row in rows] == [(2, {"id": "1", "text": "ä"})]


def test_jsonl_and_gzip(tmp_path):
    path = write(tmp_path, gzip.compress(b'{"id": 1}\n\n{"id": 2}\n'), "data.jsonl.gz")
    assert [row.values["id"] for row in read(path)] == [1, 2]


def test_lines_count_the_lines_of_the_file(tmp_path):
    rows = read(write(tmp_path, 'id,text\n1,"two\nlines"\n2,x\n'))
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"id,text\n1,\xe4\n", "a.csv", "not utf-8"),
        (b"id,text\n1,a\0b\n", "a.csv", "NUL"),
        (b"id,id\n1,2\n", "a.csv", "twice"),
        (b"id,\n1,2\n", "a.csv", "no name"),
        (b"", "a.csv", "name the columns"),
        (b"id,text\n", "a.csv", "no rows"),
        (b'id,text\n1,"open\n', "a.csv", "quote"),
        (b"not gzip", "a.csv.gz", "gzip"),
        (b"x", "a.xlsx", "no workbook"),
        (b"x", "a", "not a file we read"),
        (gzip.compress(b"id,text\n1,2\n", mtime=0)[:-9], "a.csv.gz", "gzip"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, content, name, said):
    with pytest.raises(FileRefused, match=said):
        read(write(tmp_path, content, name))


def test_another_encoding_has_to_be_named(tmp_path):
    path = write(tmp_path, "id,text\n1,größe\n".encode("latin-1"))
    assert read(path, encoding="latin-1")[0].values["text"] == "größe"
    with pytest.raises(FileRefused, match="no encoding"):
        read(path, encoding="klingon")


def test_a_small_file_that_unpacks_to_a_huge_one_is_stopped(tmp_path):
    bomb = write(tmp_path, gzip.compress(b"id,text\n" + (b"1," + b"x" * 1000 + b"\n") * 2000), "bomb.csv.gz")
    with pytest.raises(FileRefused, match="unpacked"):
        read(bomb, limits=Limits(unpacked_bytes=1024 * 1024))


def test_too_many_rows_are_refused(tmp_path):
    path = write(tmp_path, "id\n" + "1\n" * 11)
    with pytest.raises(FileRefused, match="more than 10 rows"):
        read(path, limits=Limits(rows=10))


def test_a_bad_row_does_not_hide_the_others(tmp_path):
    deep = json.dumps({"id": "d", "x": [[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]})
    lines = ['{"id": "a"}', "{oops", "[1]", '{"id": NaN}', deep, '{"id": "b"}']
    rows = read(write(tmp_path, "\n".join(lines), "a.jsonl"))
    assert [bool(row.problem) for row in rows] == [False, True, True, True, True, False]


def test_a_row_with_too_few_cells_or_a_huge_one_is_a_problem(tmp_path):
    rows = read(write(tmp_path, f"id,text\n1\n2,{'x' * 30}\n3,ok\n"), limits=Limits(cell_characters=20))
    assert [bool(row.problem) for row in rows] == [True, True, False]


def test_a_parquet_file_that_unpacks_to_more_than_it_says_is_refused(tmp_path):
    path = tmp_path / "bomb.parquet"
    texts = pa.array(["x" * 1000] * 3000)
    pq.write_table(pa.table({"item": texts}), path, compression="zstd", use_dictionary=True)
    assert path.stat().st_size < 20_000
    with pytest.raises(FileRefused, match="MB unpacked"):
        list(read_parquet(path, Limits(unpacked_bytes=1024 * 1024)))
