"""The measurement of `instructions`: instructions.py WORK BENCHMARKS [--profile FILE]."""

import json
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

BOUND = 16_000
COUNTS = (10_000, 20_000)
CONNECTIONS = 8
ROLES = ["member", "admin"]
BODY = json.dumps({"projects": [{"id": n, "name": "Project %d" % n} for n in range(4)]}).encode()
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: upstream\r\nDate: Mon, 02 Mar 2026 10:00:00 GMT\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY

CONFIGURATION = """\
gatehouse: 1
kind: gateway
listen:
  - address: 127.0.0.1:{port}
admin: 127.0.0.1:{admin}
threads: 1
logto:
  endpoint: http://127.0.0.1:{logto}
  audiences: [https://api.acme.example]
  organization_roles: claim-plain:organization_roles
  first_party_clients: [app_browser]
upstreams:
  projects: {{url: "http://127.0.0.1:{upstream}"}}
policies: {policies}
log: {{access: "file:{work}/access.log", decisions: "file:{work}/decisions.log"}}
"""


def fail(message):
    sys.exit("instructions: " + message)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def upstream(listener):
    """Answers every complete head; requests have no bodies."""
    waiting = selectors.DefaultSelector()
    waiting.register(listener, selectors.EVENT_READ)
    kept = {}
    while True:
        for key, _ in waiting.select():
            if key.fileobj is listener:
                client, _ = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                waiting.register(client, selectors.EVENT_READ)
                kept[client] = b""
                continue
            data = key.fileobj.recv(65_536)
            if not data:
                waiting.unregister(key.fileobj)
                key.fileobj.close()
                continue
            *heads, kept[key.fileobj] = (kept[key.fileobj] + data).split(b"\r\n\r\n")
            if heads:
                key.fileobj.sendall(ANSWER * len(heads))


def requests(port, token, count):
    """Sends `count` requests over the connections, each as soon as the one before is answered."""
    request = (
        "GET /orgs/org_a/projects HTTP/1.1\r\nHost: api.acme.example\r\nAccept: */*\r\n"
        "User-Agent: instructions\r\nAuthorization: Bearer %s\r\n\r\n" % token
    ).encode()
    waiting = selectors.DefaultSelector()
    for _ in range(CONNECTIONS):
        client = socket.create_connection(("127.0.0.1", port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(client, selectors.EVENT_READ)
        client.sendall(request)
    sent, answered, kept = CONNECTIONS, 0, {}
    while answered < count:
        events = waiting.select(30)
        if not events:
            fail("no answer within 30 seconds")
        for key, _ in events:
            data = key.fileobj.recv(65_536)
            answer = kept.get(key.fileobj, b"") + data
            if data and not answer.endswith(BODY):
                kept[key.fileobj] = answer
                continue
            if not answer.startswith(b"HTTP/1.1 200 "):
                fail("a request was not allowed: %r" % answer[:400])
            kept[key.fileobj] = b""
            answered += 1
            if sent < count:
                sent += 1
                key.fileobj.sendall(request)
    for key in list(waiting.get_map().values()):
        key.fileobj.close()


def fetch(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=5) as answer:
        return answer.read()


def wait_for(url, process, log):
    for _ in range(600):
        try:
            return fetch(url)
        except OSError:
            if process.poll() is not None:
                fail("it ended before it answered: see " + log)
        time.sleep(0.1)
    fail("no answer from %s within a minute" % url)


def warm_up(port, token):
    """The first request with a token waits for a nice thread, which has little of a busy machine."""
    request = urllib.request.Request(
        "http://127.0.0.1:%d/orgs/org_a/projects" % port,
        headers={"Host": "api.acme.example", "Authorization": "Bearer " + token})
    for _ in range(60):
        try:
            urllib.request.urlopen(request, timeout=30).close()
            return
        except OSError:
            time.sleep(1)
    fail("the token was not accepted within a minute")


def measure(work, configuration, port, admin, token, count):
    """Instructions of a whole run of the gateway with so many requests."""
    for name in ("access.log", "decisions.log"):
        open(os.path.join(work, name), "w").close()
    out = os.path.join(work, "callgrind.%d" % count)
    log = os.path.join(work, "gateway.%d.log" % count)
    with open(log, "w") as output:
        gateway = subprocess.Popen(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out,
             os.path.join(work, "gatehouse"), "serve", "--config", configuration],
            stdout=output, stderr=output)
    try:
        wait_for("http://127.0.0.1:%d/readyz" % admin, gateway, log)
        warm_up(port, token)
        requests(port, token, count)
        gateway.send_signal(signal.SIGTERM)
        gateway.wait(60)
    finally:
        if gateway.poll() is None:
            gateway.kill()
    for name in ("access.log", "decisions.log"):
        with open(os.path.join(work, name)) as lines:
            written = sum(1 for _ in lines)
        if written < count:
            fail("%s has %d lines for %d requests" % (name, written, count))
    with open(out) as profile:
        found = re.search(r"^(?:totals|summary): (\d+)", profile.read(), re.MULTILINE)
    if not found:
        fail("callgrind wrote no total: see " + log)
    return int(found.group(1))


def main(work, here, options):
    port, admin, logto = free_ports(3)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    configuration = os.path.join(work, "gatehouse.yaml")
    with open(configuration, "w") as file:
        file.write(CONFIGURATION.format(
            port=port, admin=admin, logto=logto, upstream=listener.getsockname()[1], work=work,
            policies=os.path.join(here, "policies")))
    emulator_log = os.path.join(work, "emulator.log")
    answering = os.fork()
    if answering == 0:
        upstream(listener)
    with open(emulator_log, "w") as output:
        emulator = subprocess.Popen(
            [os.path.join(work, "gatehouse"), "emulator", "--listen", "127.0.0.1:%d" % logto],
            stdout=output, stderr=output)
    try:
        endpoint = "http://127.0.0.1:%d" % logto
        wait_for(endpoint + "/oidc/jwks", emulator, emulator_log)
        token = json.loads(fetch(endpoint + "/emulator/tokens", {
            "subject": "u_adam", "organization": "org_a",
            "claims": {"organization_roles": ROLES}}))["token"]
        few, many = (measure(work, configuration, port, admin, token, n) for n in COUNTS)
    finally:
        os.kill(answering, signal.SIGKILL)
        os.waitpid(answering, 0)
        emulator.terminate()
        emulator.wait(10)

    figure = (many - few) // (COUNTS[1] - COUNTS[0])
    if options[:1] == ["--profile"]:
        shutil.copy(os.path.join(work, "callgrind.%d" % COUNTS[1]), options[1])
    committed = os.path.join(here, "instructions.figure")
    allowed = BOUND
    if os.path.exists(committed):
        with open(committed) as file:
            allowed = min(BOUND, int(file.read()) * 11 // 10)
    print("instructions per allowed request: %d (at most %d)" % (figure, allowed))
    if figure > allowed:
        fail("%d is above %d: find out why, or commit the new figure in the change that explains it"
             % (figure, allowed))


main(sys.argv[1], sys.argv[2], sys.argv[3:])
