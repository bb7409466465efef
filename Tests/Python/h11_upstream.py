"""An upstream that reads requests with h11 and answers each with how it read it.

The first line it prints is its port. Each answer has `X-Read`: what was read, as JSON in hexadecimal digits
({"case", "method", "target", "host", "body", "trailers"}; the body in hexadecimal digits, all else as
Latin-1). Each complete request is printed, too, so that one whose answer reached nobody is not overlooked;
each that h11 refuses is printed as {"refused": reason, "bytes": ...}. It ends by a signal.
"""

import json
import socket
import threading

import h11

printing = threading.Lock()


def say(line):
    with printing:
        print(json.dumps(line), flush=True)


def text(data):
    return bytes(data).decode("latin-1")


def values(request, wanted):
    return [text(value) for name, value in request.headers if name == wanted]


def answer(connection, request, body, trailers):
    read = {
        "case": values(request, b"x-case"),
        "method": text(request.method),
        "target": text(request.target),
        "host": values(request, b"host"),
        "body": body.hex(),
        "trailers": trailers,
    }
    say(read)
    encoded = json.dumps(read).encode().hex()
    out = connection.send(h11.Response(
        status_code=200, headers=[("X-Read", encoded), ("Content-Length", "2")]))
    if request.method != b"HEAD":
        out += connection.send(h11.Data(data=b"ok"))
    return out + connection.send(h11.EndOfMessage())


def serve(client):
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
    received, request, body = b"", None, b""
    with client:
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError as error:
                if connection.their_state is not h11.CLOSED and "closed" not in str(error):
                    say({"refused": str(error), "bytes": text(received[-2000:])})
                return
            if event is h11.NEED_DATA:
                data = client.recv(65536)
                if not data:
                    return
                received += data
                connection.receive_data(data)
            elif isinstance(event, h11.Request):
                request, body = event, b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                trailers = [f"{text(name)}: {text(value)}"
                            for name, value in event.headers.raw_items()]
                client.sendall(answer(connection, request, body, trailers))
                received = b""
                if connection.our_state is not h11.DONE:
                    return
                connection.start_next_cycle()
            else:
                return


def serve_quietly(client):
    try:
        serve(client)
    except OSError:
        pass


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    with printing:
        print(f"port {listener.getsockname()[1]}", flush=True)
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve_quietly, args=(client,), daemon=True).start()


main()
