"""Reads whole streams of requests, bodies and pipelining included, with h11, and tells how it read each.

Input: for each stream a decimal length, a line feed, and so many bytes.
Output: one JSON line for each stream: {"messages": [...], "end": "complete" | "incomplete" | "closed" |
"refused: reason"}; a message is {"method", "target", "host", "body", "trailers"}, the body in hexadecimal
digits, all else as Latin-1.
"""

import json
import sys

import h11


def text(data):
    return bytes(data).decode("latin-1")


def host(request):
    return [text(value) for name, value in request.headers if name == b"host"]


def read(stream):
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
    messages, request, body = [], None, b""
    try:
        connection.receive_data(stream)
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                between = request is None and not connection.trailing_data[0]
                return messages, "complete" if between else "incomplete"
            if event is h11.PAUSED:
                return messages, "closed"
            if isinstance(event, h11.Request):
                request, body = event, b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                messages.append({
                    "method": text(request.method),
                    "target": text(request.target),
                    "host": host(request),
                    "body": body.hex(),
                    "trailers": [f"{text(name)}: {text(value)}"
                                 for name, value in event.headers.raw_items()],
                })
                request = None
                connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE:
                    return messages, "closed"
                connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        return messages, f"refused: {error}"


def main():
    data = sys.stdin.buffer if len(sys.argv) < 2 else open(sys.argv[1], "rb")
    while line := data.readline():
        messages, end = read(data.read(int(line)))
        print(json.dumps({"messages": messages, "end": end}))


main()
