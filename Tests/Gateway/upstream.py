"""A provider behind the gateway that does what the small model cannot: it thinks before it answers, or never ends.

Speaks OpenAI's chat completions with `reasoning_content`. A prompt with the word ENDLESS has an answer without end.
"""

import http.server
import itertools
import json
import threading
import time

THOUGHTS, ANSWER = ["First ", "this, ", "then that."], ["It is ", "forty-", "two."]
PROMPT_TOKENS, COMPLETION_TOKENS, REASONING_TOKENS = 21, 16, 9


class Upstream:
    """Serves on a free loopback port until the process ends."""

    def __init__(self) -> None:
        self.begun = self.left = 0  # endless answers, and those whose reader went away
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                upstream.answer(self, "ENDLESS" in body.decode())

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}/v1"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(self, handler: http.server.BaseHTTPRequestHandler, is_endless: bool) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()

        def event(choices: list[dict], **more: object) -> None:
            data = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "thinker", "choices": choices}
            handler.wfile.write(f"data: {json.dumps(data | more)}\n\n".encode())
            handler.wfile.flush()

        def delta(finish: str | None = None, **fields: str) -> None:
            event([{"index": 0, "delta": fields, "finish_reason": finish}])

        try:
            delta(role="assistant", content="")
            for text in THOUGHTS:
                delta(reasoning_content=text)
            if is_endless:
                self.begun += 1
                # No two alike: the gateway takes a model that repeats itself for a broken one.
                for number in itertools.count():
                    delta(content=f"on and {number} ")
                    time.sleep(0.1)
            for text in ANSWER:
                delta(content=text)
            delta(finish="stop")
            usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS,
                     "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
                     "completion_tokens_details": {"reasoning_tokens": REASONING_TOKENS}}
            event([], usage=usage)
            handler.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            self.left += 1
