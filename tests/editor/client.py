"""Asks rust-analyzer for completions and hovers inside of the macros' calls, in one session, and compares what it says.

    python3 tests/editor/client.py [WORD]      only the cases whose name has the word

Each case of `cases.txt` is put into `src/lib.rs` at its mark. `$0` is where the cursor stands.
"""

import json
import os
import pathlib
import queue
import re
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "target" / "editor"
# Seconds for the server to build the macros and to answer.
PATIENCE = 600


class Server:
    def __init__(self):
        environment = dict(os.environ, CARGO_TARGET_DIR=str(TARGET))
        self.process = subprocess.Popen(
            ["rust-analyzer"],
            cwd=HERE,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.messages = queue.Queue()
        self.quiescent = False
        self.last = 0
        threading.Thread(target=self.read, daemon=True).start()
        self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": HERE.as_uri(),
                "capabilities": {
                    "experimental": {"serverStatusNotification": True},
                    "textDocument": {"hover": {"contentFormat": ["plaintext"]}},
                },
                "initializationOptions": {
                    "checkOnSave": False,
                    "cargo": {"targetDir": str(TARGET)},
                    "cachePriming": {"enable": False},
                    "completion": {"autoimport": {"enable": False}},
                },
            },
        )
        self.tell("initialized", {})

    def read(self):
        out = self.process.stdout
        while True:
            length = 0
            while line := out.readline().strip():
                key, value = line.decode().split(":", 1)
                if key.lower() == "content-length":
                    length = int(value)
            if not length:
                self.messages.put(None)
                return
            self.messages.put(json.loads(out.read(length)))

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def take(self, until):
        """The next message, where those that ask for something are answered and the server's status is noted."""
        message = self.messages.get(timeout=max(0.01, until - time.monotonic()))
        if message is None:
            raise SystemExit("rust-analyzer ended")
        if "method" in message and "id" in message:
            items = message["params"].get("items", []) if message.get("params") else []
            result = [{}] * len(items) if message["method"] == "workspace/configuration" else None
            self.send({"id": message["id"], "result": result})
        elif message.get("method") == "experimental/serverStatus":
            self.quiescent = message["params"]["quiescent"]
        return message

    def ask(self, method, params):
        until = time.monotonic() + PATIENCE
        while True:
            self.last += 1
            self.send({"id": self.last, "method": method, "params": params})
            while True:
                message = self.take(until)
                if message.get("id") == self.last and "method" not in message:
                    break
            # It is asked again if the file changed under the question.
            if message.get("error", {}).get("code") != -32801:
                return message.get("result")

    def wait(self):
        until = time.monotonic() + PATIENCE
        while not self.quiescent:
            self.take(until)


class Case:
    def __init__(self, text):
        self.name, *lines = text.splitlines()
        self.code = "\n".join(line for line in lines if line[:2] not in ("+ ", "- ")).strip("\n")
        self.wanted = [word for line in lines if line.startswith("+ ") for word in line[2:].split()]
        self.unwanted = [word for line in lines if line.startswith("- ") for word in line[2:].split()]

    def asked(self, server, base, uri, version):
        """Puts the case into the file and returns what the server says at its mark, and the words of that."""
        text = base.replace("//MARK", self.code)
        offset = text.index("$0")
        text = text.replace("$0", "", 1)
        position = {
            "line": text.count("\n", 0, offset),
            "character": offset - text.rfind("\n", 0, offset) - 1,
        }
        document = {"uri": uri, "version": version}
        server.tell(
            "textDocument/didChange",
            {"textDocument": document, "contentChanges": [{"text": text}]},
        )
        where = {"textDocument": {"uri": uri}, "position": position}
        if self.name.startswith("hover"):
            result = server.ask("textDocument/hover", where)
            said = result["contents"]["value"] if result else ""
            return said, said
        result = server.ask("textDocument/completion", where) or []
        items = result if isinstance(result, list) else result["items"]
        labels = [re.match(r"\w*", item["label"]).group() for item in items]
        return " ".join(labels), labels


def main():
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    head, *parts = (HERE / "cases.txt").read_text().split("\n== ")
    never = [word for line in head.splitlines() if line.startswith("! ") for word in line[2:].split()]
    cases = [case for case in map(Case, parts) if only in case.name]
    base = (HERE / "src" / "lib.rs").read_text()
    uri = (HERE / "src" / "lib.rs").as_uri()
    began = time.monotonic()
    server = Server()
    try:
        document = {"uri": uri, "languageId": "rust", "version": 1, "text": base}
        server.tell("textDocument/didOpen", {"textDocument": document})
        server.wait()
        ready = time.monotonic()
        failed = 0
        for version, case in enumerate(cases, 2):
            said, words = case.asked(server, base, uri, version)
            missing = [word for word in case.wanted if word not in words]
            unwanted = [word for word in case.unwanted if word in words]
            if "in part ours" not in case.name:
                unwanted += [word for word in never if word in said]
            if missing or unwanted:
                failed += 1
                print(f"{case.name}\n  missing: {missing}\n  unwanted: {unwanted}\n  said: {said[:600]}")
        took = time.monotonic() - ready
        print(f"{len(cases) - failed} of {len(cases)} cases; ready after {ready - began:.0f} s, asked for {took:.1f} s")
    finally:
        server.process.kill()
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
