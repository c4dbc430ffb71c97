"""Messages as files in a folder, for one machine without Redis: a file is there whole or not at all.

Kombu's own transport creates the file before it writes it. A worker that looks in between reads nothing, takes that
for an error that it cannot recover from, and ends: no import, run or settling goes on until somebody starts it again.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """Writes under another name and renames; takes a message by renaming it, so that only one worker has it."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # its stubs contradict one another
        name = f"{time_ns():020d}_{uuid4()}"
        hidden = Path(self.data_folder_out, f"{name}.writing")
        hidden.write_text(dumps(payload))
        hidden.rename(hidden.with_name(f"{name}.{queue}.msg"))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in self._waiting(queue):
            mine = path.with_name(f"{path.name}.{uuid4()}.taken")
            try:
                path.rename(mine)
            except FileNotFoundError:  # another worker was first
                continue
            text = mine.read_text()
            mine.unlink()
            try:
                return loads(text)
            except ValueError:  # a machine that went down in the middle: messages may be lost, the sweeps find the work
                continue
        raise Empty

    def _waiting(self, queue: str) -> Iterator[Path]:
        names = sorted(os.listdir(self.data_folder_in))
        return (Path(self.data_folder_in, name) for name in names if name.partition(".")[2] == f"{queue}.msg")

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        table = Path(self.control_folder, f"{exchange}.exchange")
        if not table.exists():
            new = table.with_name(f"{uuid4()}.writing")
            new.write_text(dumps([filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")]))
            try:
                os.link(new, table)
            except FileExistsError:  # another process was first: ours is added to its table
                pass
            finally:
                new.unlink()
        super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    Channel = Channel
