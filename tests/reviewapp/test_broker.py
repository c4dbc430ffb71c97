"""The folder that carries messages where there is no Redis: a message is there whole or not at all."""

import subprocess
import sys
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from reviewapp.common.broker import Transport

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from tests.reviewapp.test_broker import opened
with opened(sys.argv[1]) as queue:
    for number in range(400):
        queue.put([sys.argv[2], number, "y" * 5000])
"""


class opened:
    """The queue of a folder, named as it is: kombu remembers for the whole process which queues it has bound."""

    def __init__(self, folder):
        folder = self.folder = str(folder)
        options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": f"{folder}/control"}
        self.connection = Connection("folder://", transport=Transport, transport_options=options)

    def __enter__(self):
        return self.connection.SimpleQueue(Path(self.folder).name)

    def __exit__(self, *why):
        self.connection.release()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "control").mkdir()
    return tmp_path


def taken(queue):
    try:
        message = queue.get(block=False)
    except Empty:
        return None
    message.ack()
    return message.payload


def test_messages_come_in_the_order_they_were_sent_and_once(folder):
    with opened(folder) as queue, opened(folder) as other:
        for number in range(3):
            queue.put(number)
        assert [taken(other), taken(queue), taken(other), taken(queue)] == [0, 1, 2, None]
    assert [path.name for path in folder.iterdir()] == ["control"]


def test_what_is_no_message_is_passed_over(folder):
    (folder / f"0_cut-off.{folder.name}.msg").write_text("")
    with opened(folder) as queue:
        queue.put("whole")
        assert taken(queue) == "whole"


def test_a_message_has_its_name_only_when_it_is_whole(folder, monkeypatch):
    seen = []
    rename = Path.rename

    def look(path, target):
        seen.append(([one.suffix for one in folder.iterdir() if one.is_file()], path.read_text() != ""))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", look)
    with opened(folder) as queue:
        queue.put("anything")
    assert seen == [([".writing"], True)]


def test_a_reader_meets_no_half_of_a_message(folder):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, folder, name], cwd=ROOT) for name in ("one", "two")]
    found = []
    with opened(folder) as queue:
        while True:
            writing = any(writer.poll() is None for writer in writers)
            if message := taken(queue):
                found.append(message)
            elif not writing:
                break
    assert [writer.returncode for writer in writers] == [0, 0]
    for name in ("one", "two"):
        assert [number for writer, number, _ in found if writer == name] == list(range(400))
