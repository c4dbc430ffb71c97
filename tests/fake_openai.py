"""A small real HTTP server on loopback that speaks OpenAI's chat completions, with scripted misbehaviour."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeOpenAI:
    """`script` holds what to do with the next requests, in order; after it, `answer` is called."""

    def __init__(self, answer):
        self.requests, self.script, self.answer, self.base_url, self.model = [], [], answer, "", "fake-1-2025"

    def reply(self, body):
        step = self.script.pop(0) if self.script else {}
        return step, {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": self.model,
            "choices": [
                {
                    "index": 0,
                    "finish_reason": step.get("finish_reason", "stop"),
                    "message": {
                        "role": "assistant",
                        "content": step.get("content", json.dumps(self.answer(body))),
                        "refusal": step.get("refusal"),
                    },
                }
            ],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
        }


def _nothing(body):
    return {"labels": []}


@contextmanager
def fake_openai(answer=_nothing):
    server_state = FakeOpenAI(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            server_state.requests.append({"body": body, "authorization": self.headers.get("authorization")})
            step, content = server_state.reply(body)
            time.sleep(step.get("delay", 0))
            data = step["body"].encode() if "body" in step else json.dumps(content).encode()
            self.send_response(step.get("status", 200))
            for name, value in step.get("headers", {}).items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server_state.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server_state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
