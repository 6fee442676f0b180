"""A language model's server that answers at once with made-up text: OpenAI's streaming chat completions on loopback."""

import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORDS = (
    "the queue keeps what the server has not yet taken — Übergröße, naïve café, 東京の夜, Ελλάδα, привет, 👩‍🔬 👍🏽, "
    'a "quoted" line, back\\slash, <b>tags</b>, % and \' and $1, e\u0301, \u202eright to left\u202c, a\ttab'
).split(" ")
LONG_ANSWER = 200_000  # characters


class Provider(ThreadingHTTPServer):
    """Any model name is accepted. A few answers in a hundred fail, break off in the middle or are very long."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def answer(self) -> tuple[list[str], float, str]:
        """The chunks of one answer, the seconds they take, and how it ends."""
        with self.lock:
            chance = self.random
            end = chance.choices(("done", "refused", "broken"), (94, 3, 3))[0]
            chunks = [
                " ".join(chance.choices(WORDS, k=chance.randint(1, 12))) + chance.choice((" ", "\n", "\n\n"))
                for _ in range(chance.randint(5, 40))
            ]
            if chance.random() < 0.03:
                chunks[0] = " ".join(chance.choices(WORDS, k=LONG_ANSWER // 6))[:LONG_ANSWER]
            return chunks, chance.uniform(0.02, 0.3), end

    def handle_error(self, request: object, client_address: object) -> None:
        """A killed client resets its connection, which is what is meant to happen."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        chunks, seconds, end = self.server.answer()
        if end == "refused":
            body = b'{"error":{"message":"made to fail","type":"invalid_request_error"}}'
            self.send_response(400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        kept = chunks[: len(chunks) // 2] if end == "broken" else chunks
        for chunk in kept:
            self.event({"choices": [{"index": 0, "delta": {"content": chunk}}]})
            time.sleep(seconds / len(chunks))
        if end == "broken":
            self.close_connection = True
            return
        usage = {"prompt_tokens": 7, "completion_tokens": len(chunks), "total_tokens": 7 + len(chunks)}
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage})
        self.chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def event(self, value: dict) -> None:
        self.chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Says nothing: the requests are not the subject."""
