"""An upstream in Python's own WSGI server: it answers with what the application was given.

The first line it prints is its port. The answer is JSON: {"method", "path", "query", "size", "digest"}; the
digest is SHA-256 of the body.
"""

import hashlib
import json
from wsgiref.simple_server import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def application(environment, start):
    size = int(environment.get("CONTENT_LENGTH") or 0)
    body = environment["wsgi.input"].read(size)
    text = json.dumps({
        "method": environment["REQUEST_METHOD"],
        "path": environment["PATH_INFO"],
        "query": environment["QUERY_STRING"],
        "size": len(body),
        "digest": hashlib.sha256(body).hexdigest(),
    }).encode()
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]


with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
    print(f"port {server.server_port}", flush=True)
    server.serve_forever()
