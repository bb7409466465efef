#!/usr/bin/env python3
"""Presses on a gateway until it hurts, one row of the attack cases after the other:

    Tests/Scenarios/pressure.py [HTTP-38] [AV-11] [AV-12] [AV-20] [AV-26] [--binary FILE]

    HTTP-38  thousands of clients that send a head and never end it: others are served, they are closed
    AV-11    large uploads and downloads at once: memory stays
    AV-12    clients that leave in the middle: the upstream's connections end with them
    AV-20    256 descriptors and 1,000 clients: no spinning, those that are in are served, it recovers
    AV-26    SIGTERM with many connections and uploads under way: they finish, exit 0

Every row has a gateway of its own. How long something takes is never judged, but for what hangs.
"""

import argparse
import http.client
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time

from scenario import ROOT, Site, fail

GET = b"GET /a/open/get HTTP/1.1\r\nHost: g\r\n\r\n"
LARGE = 96 << 20
TRANSFERS = 6


# MARK: The upstream: answers what was asked for, of any size, and holds nothing

def answer(client):
    left = b""
    with client:
        while True:
            while b"\r\n\r\n" not in left:
                data = client.recv(65536)
                if not data:
                    return
                left += data
            head, _, left = left.partition(b"\r\n\r\n")
            fields = {name.lower(): value for name, _, value in
                      (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:])}
            size = int(fields.get("content-length", 0))
            while len(left) < size:
                data = client.recv(262144)
                if not data:
                    return
                size -= len(left)
                left = data
            left = left[size:]
            wanted = int(fields.get("x-size", 2))
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % wanted)
            block = b"x" * 262144
            while wanted:
                wanted -= client.send(block[:wanted])


def serve(client):
    try:
        answer(client)
    except OSError:
        pass


def upstream(port):
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


# MARK: What clients do

def connect(site):
    return socket.create_connection(("127.0.0.1", site.port), timeout=60)


def is_served(site, client=None):
    """Whether a request is answered with 200, on a new connection unless there is one."""
    own = client or connect(site)
    own.sendall(GET)
    received = b""
    while b"\r\n\r\n" not in received or not received.endswith(b"xx"):
        data = own.recv(65536)
        if not data:
            break
        received += data
    if not client:
        own.close()
    return received.startswith(b"HTTP/1.1 200 ")


def until(claim, seconds, what):
    end = time.time() + seconds
    while not claim():
        if time.time() > end:
            fail("in vain: " + what)
        time.sleep(0.1)


def side_by_side(count, work):
    """Runs `work(number)` on threads; fails with the first failure."""
    failures = []

    def run(number):
        try:
            work(number)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        fail(f"{len(failures)} of {count} failed: {failures[0]!r}")


def slow_clients(site):
    clients = []
    for number in range(4000):
        clients.append(connect(site))
        clients[-1].sendall(GET[:1 + number % (len(GET) - 2)])
    for _ in range(50):
        if not is_served(site):
            fail("others are not served")
    told = 0
    for client in clients:
        client.settimeout(60)
        try:
            data = client.recv(65536)
            told += data.startswith(b"HTTP/1.1 408 ")
        except ConnectionResetError:
            pass
        client.close()
    if told < len(clients) // 2:
        fail(f"only {told} of {len(clients)} were told why they were closed")
    return f"{len(clients)} clients, {told} got a 408, 50 others were served meanwhile"


def transfers(site):
    def one(number):
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
        if number % 2:
            connection.putrequest("POST", "/a/open/up")
            connection.putheader("Content-Length", str(LARGE))
            connection.endheaders()
            for _ in range(LARGE >> 20):
                connection.send(b"u" * (1 << 20))
        else:
            connection.request("GET", "/b/open/down", headers={"X-Size": str(LARGE)})
        read, got = connection.getresponse(), 0
        if read.status != 200:
            raise RuntimeError(f"status {read.status}")
        while data := read.read(1 << 20):
            got += len(data)
        if got != (2 if number % 2 else LARGE):
            raise RuntimeError(f"{got} bytes")

    side_by_side(TRANSFERS, lambda number: is_served(site))
    before, most, is_over = site.resident(), [0.0], threading.Event()

    def watch():
        while not is_over.wait(0.05):
            most[0] = max(most[0], site.resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    side_by_side(TRANSFERS, one)
    is_over.set()
    watcher.join()
    if most[0] > before + 24:
        fail(f"memory grew from {before:.1f} to {most[0]:.1f} MiB")
    return f"{TRANSFERS * LARGE >> 20} MiB; memory {before:.1f} MiB before, {most[0]:.1f} at most"


def leaving(site):
    base = site.descriptors()
    for number in range(40):
        client = connect(site)
        if number % 2:
            client.sendall(b"POST /a/open/up HTTP/1.1\r\nHost: g\r\nContent-Length: 1000000\r\n\r\nhello")
        else:
            client.sendall(GET[:-2] + b"X-Size: 100000000\r\n\r\n")
            client.recv(65536)
        client.close()
    until(lambda: site.descriptors() <= base, 60, "connections of clients that left are kept")
    if not is_served(site):
        fail("nobody is served any more")
    return f"40 clients left, {base} descriptors before, {site.descriptors()} after"


def descriptors(site):
    first = connect(site)
    if not is_served(site, first):
        fail("the first client is not served")
    clients = []
    for _ in range(1000):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", site.port))
        clients.append(client)
    until(lambda: site.descriptors() >= 100, 30, f"few clients come in: {site.descriptors()} descriptors")
    for _ in range(20):
        if not is_served(site, first):
            fail("a client that was in is not served")
    before, start = site.times(), time.time()
    time.sleep(2)
    share = (site.times() - before) / (time.time() - start)
    if share > 0.5:
        fail(f"it spins: {share:.0%} of a processor with nothing to do")
    for client in clients:
        client.close()
    until(lambda: site.descriptors() < 100, 60, "the descriptors do not come back")
    if not (is_served(site) and is_served(site, first)):
        fail("it does not recover")
    return f"{share:.1%} of a processor while accepting is paused; it recovered"


def ending(site):
    idle = [connect(site) for _ in range(1000)]
    for client in idle[::10]:
        if not is_served(site, client):
            fail("a client is not served")
    uploads = [connect(site) for _ in range(50)]
    for client in uploads:
        client.sendall(b"POST /a/open/up HTTP/1.1\r\nHost: g\r\nContent-Length: 2000\r\n\r\n" + b"u" * 1000)
    site.gateway.send_signal(signal.SIGTERM)

    def is_unready():
        try:
            connection = http.client.HTTPConnection("127.0.0.1", site.admin, timeout=5)
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 503
        except OSError:
            return True

    until(is_unready, 30, "it still says that it is ready")
    # Readiness goes first: answers say `close` once the listeners drain, which an idle client sees.
    if idle[0].recv(1) != b"":
        fail("an idle connection got an answer")
    answered = 0
    for client in uploads:
        client.sendall(b"u" * 1000)
        data = b""
        while part := client.recv(65536):
            data += part
        if not data.startswith(b"HTTP/1.1 200 ") or b"connection: close\r\n" not in data.lower():
            fail(f"an upload under way got {data[:200]!r}")
        answered += 1
    for client in idle[1:]:
        if client.recv(1) != b"":
            fail("an idle connection got an answer")
    if (code := site.gateway.wait(60)) != 0:
        fail(f"it ended with {code}")
    return f"{answered} uploads finished, {len(idle)} idle connections closed, exit 0"


ROWS = {"HTTP-38": slow_clients, "AV-11": transfers, "AV-12": leaving, "AV-20": descriptors, "AV-26": ending}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*")
    parser.add_argument("--binary", default=os.path.join(ROOT, ".build/release/gatehouse"))
    parser.add_argument("--upstream", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.upstream:
        upstream(options.upstream)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for row in options.rows or ROWS:
        if row == "HTTP-38" and hard < 10_000:
            print(f"{row}: skipped: only {hard} descriptors are allowed here")
            continue
        prepare = None
        if row == "AV-20":
            def prepare():
                resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        with tempfile.TemporaryDirectory() as work:
            site = Site(options.binary, work, lambda name, port: [
                sys.executable, os.path.abspath(__file__), "--upstream", str(port)], prepare)
            try:
                site.start()
                print(f"{row}: {ROWS[row](site)}", flush=True)
                if row != "AV-26" and site.gateway.poll() is not None:
                    fail(f"the gateway ended with {site.gateway.returncode}")
            finally:
                site.stop()


main()
