"""The HTTP of the simulator: loopback only, HTTP/1.1 with connections that stay open."""

import contextlib
import select
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from evaluation.simulator.config import Config
from evaluation.simulator.service import Reply, Simulator

HOST = "127.0.0.1"
BODY_MAX = 250_000_000


class Server(ThreadingHTTPServer):
    """Remembers its connections, to end them all at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    allow_reuse_address = True

    def __init__(self, simulator: Simulator, closing: threading.Event) -> None:
        self.simulator, self.closing = simulator, closing
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((HOST, simulator.config.port), Handler)
        simulator.base_url = f"http://{HOST}:{self.server_port}/v1"

    def server_bind(self) -> None:
        """Without the look-up of the host's name that http.server does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our errors."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def end_connections(self) -> None:
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """Carries bytes between a connection and the simulator."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "simulator", ""
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = 600

    def log_message(self, format: str, *args: Any) -> None:
        """Calls are in the log; nothing goes to stderr."""

    def do_GET(self) -> None:
        self._serve(b"")

    def do_DELETE(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > BODY_MAX:
            self.close_connection = True
            self._send(self.server.simulator.error(413, "The body is too large.", "invalid_request_error", None))
            return
        body = self.rfile.read(int(length))
        if len(body) == int(length):
            self._serve(body)
        else:
            self.close_connection = True

    do_PUT = do_POST

    def _serve(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.simulator.handle(self.command, self.path, headers, body)
        if reply.way == "hang":
            self._wait_for_the_client()
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        if reply.way == "cut":
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.wfile.write(reply.body)

    def _wait_for_the_client(self) -> None:
        """Until it hangs up, or the server ends."""
        self.close_connection = True
        while not self.server.closing.is_set():
            ready, _, _ = select.select([self.connection], [], [], 0.25)
            if ready:
                return


@contextlib.contextmanager
def simulator(config: Config | None = None) -> Iterator[Simulator]:
    """A simulator that runs beside the caller: `with simulator(config) as sim: sim.base_url, sim.calls`."""
    closing = threading.Event()
    running = Simulator(config or Config(), sleep=closing.wait)
    server = Server(running, closing)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        closing.set()
        server.shutdown()
        server.end_connections()
        server.server_close()
        thread.join()
        running.log.close()


def serve(config: Config, ready: Any) -> None:
    """Runs until interrupted; `ready` is called with the simulator once it can be asked."""
    closing = threading.Event()
    running = Simulator(config, sleep=closing.wait)
    server = Server(running, closing)
    ready(running)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        closing.set()
        server.server_close()
        running.log.close()
