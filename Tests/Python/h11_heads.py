"""Reads request heads with h11, a strict parser, and tells how it read each.

Input: for each head a decimal length, a line feed, and so many bytes.
Output: one JSON line for each head: {"refused": reason} or
{"method", "target", "version", "headers": [[name, value]], "framing": "none" | "chunked" | length}.
All bytes are Latin-1.
"""

import json
import sys

import h11


def text(data):
    return bytes(data).decode("latin-1")


def framing(event):
    """The framing as h11 itself would apply it to the body."""
    length = None
    for name, value in event.headers:
        if name == b"transfer-encoding":
            return "chunked"
        if name == b"content-length":
            length = int(value)
    return length if length else "none"


def read(head):
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
    try:
        connection.receive_data(head)
        event = connection.next_event()
    except h11.RemoteProtocolError as error:
        return {"refused": str(error)}
    if not isinstance(event, h11.Request):
        return {"refused": f"no request: {event!r}"}
    return {
        "method": text(event.method),
        "target": text(event.target),
        "version": text(event.http_version),
        "headers": [[text(name), text(value)] for name, value in event.headers.raw_items()],
        "framing": framing(event),
    }


def main():
    data = sys.stdin.buffer if len(sys.argv) < 2 else open(sys.argv[1], "rb")
    while line := data.readline():
        print(json.dumps(read(data.read(int(line)))))


main()
