"""The measurements of `trust`: trust.py BINARY WORK BENCHMARKS flood|memory [--seconds N] [--tokens N]."""

import argparse
import base64
import http.server
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

AUDIENCE = "https://api.example.test"
CLIENT = "app_browser"
PATH = "/orgs/org_1/projects"

CONFIGURATION = """\
gatehouse: 1
kind: gateway
listen:
  - address: 127.0.0.1:{port}
admin: 127.0.0.1:{admin}
threads: {threads}
logto:
  endpoint: http://127.0.0.1:{issuer}
  audiences: [{audience}]
  organization_roles: claim-plain:organization_roles
  first_party_clients: [{client}]
upstreams:
  projects: {{url: "http://127.0.0.1:{upstream}"}}
policies: {policies}
log: {{access: off, decisions: off}}
"""

UPSTREAM = """\
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {work}; proxy_temp_path {work}; fastcgi_temp_path {work};
  uwsgi_temp_path {work}; scgi_temp_path {work};
  keepalive_requests 10000000;
  server {{ listen 127.0.0.1:{upstream}; location / {{ return 200 "projects"; }} }}
}}
"""


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Issuer:
    """One key, its discovery document and key set, and tokens by it."""

    def __init__(self, curve, size, algorithm, digest, port):
        self.key, self.size, self.digest = ec.generate_private_key(curve), size, digest
        self.issuer = "http://127.0.0.1:%d/oidc" % port
        point = self.key.public_key().public_numbers()
        self.keys = {"keys": [{
            "kty": "EC", "use": "sig", "kid": "k1", "alg": algorithm, "crv": "P-%d" % (size * 8),
            "x": encoded(point.x.to_bytes(size, "big")).decode(),
            "y": encoded(point.y.to_bytes(size, "big")).decode()}]}
        self.head = encoded(compact({"alg": algorithm, "typ": "at+jwt", "kid": "k1"}))
        documents = {
            "/oidc/.well-known/openid-configuration":
                {"issuer": self.issuer, "jwks_uri": self.issuer + "/jwks"},
            "/oidc/jwks": self.keys,
        }

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                document = documents.get(self.path)
                self.send_response(200 if document else 404)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(compact(document or {}))

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def token(self, number):
        now = int(time.time())
        payload = compact({
            "jti": "t%032d" % number, "sub": "user%08d" % number, "iat": now, "exp": now + 7200,
            "scope": "read:projects", "client_id": CLIENT, "iss": self.issuer, "aud": AUDIENCE,
            "organization_id": "org_1", "organization_roles": ["admin"]})
        content = self.head + b"." + encoded(payload)
        r, s = decode_dss_signature(self.key.sign(content, ec.ECDSA(self.digest)))
        return content + b"." + encoded(
            r.to_bytes(self.size, "big") + s.to_bytes(self.size, "big"))


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Site:
    """An issuer, an upstream and the gateway, until `close`."""

    def __init__(self, binary, work, here, curve, size, algorithm, digest, threads):
        self.port, self.admin, issuer, upstream = free_ports(4)
        self.issuer = Issuer(curve, size, algorithm, digest, issuer)
        nginx = os.path.join(work, "nginx.conf")
        with open(nginx, "w") as file:
            file.write(UPSTREAM.format(work=work, upstream=upstream))
        configuration = os.path.join(work, "gatehouse.yaml")
        with open(configuration, "w") as file:
            file.write(CONFIGURATION.format(
                port=self.port, admin=self.admin, issuer=issuer, upstream=upstream,
                audience=AUDIENCE, client=CLIENT, threads=threads,
                policies=os.path.join(here, "policies")))
        self.upstream = subprocess.Popen(["nginx", "-c", nginx, "-p", work])
        with open(os.path.join(work, "gateway.log"), "w") as log:
            self.gateway = subprocess.Popen(
                [binary, "serve", "--config", configuration], stdout=log, stderr=log)
        for _ in range(300):
            try:
                if self.get("/readyz").startswith(b"ready"):
                    return
            except OSError:
                pass
            if self.gateway.poll() is not None:
                break
            time.sleep(0.1)
        self.close()
        sys.exit("trust: the gateway did not become ready: see %s/gateway.log" % work)

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.admin, path), timeout=5) as answer:
            return answer.read()

    def metrics(self, prefix):
        lines = self.get("/metrics").decode().splitlines()
        return [line for line in lines if line.startswith(prefix)]

    def resident(self):
        """MiB of the gateway's resident memory."""
        with open("/proc/%d/status" % self.gateway.pid) as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0

    def close(self):
        for process in (self.gateway, self.upstream):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in (self.gateway, self.upstream):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def request(token):
    return (b"GET " + PATH.encode() + b" HTTP/1.1\r\nHost: api.example.test\r\nAuthorization: Bearer "
            + token + b"\r\n\r\n")


def play(port, tokens, connections, until=None):
    """Sends each token once, each connection as soon as its last answer came; statuses and counts."""
    waiting = selectors.DefaultSelector()
    statuses, kept = {}, {}
    tokens = iter(tokens)

    def send(client):
        token = None if until is not None and time.monotonic() > until else next(tokens, None)
        if token is None:
            waiting.unregister(client)
            client.close()
            return
        client.sendall(request(token))

    def connect():
        client = socket.create_connection(("127.0.0.1", port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(client, selectors.EVENT_READ)
        kept[client] = b""
        send(client)

    for _ in range(connections):
        connect()
    while waiting.get_map():
        events = waiting.select(30)
        if not events:
            sys.exit("trust: no answer within 30 seconds")
        for event, _ in events:
            client = event.fileobj
            data = client.recv(65_536)
            if not data:
                waiting.unregister(client)
                client.close()
                connect()
                continue
            answer = kept[client] + data
            head, found, body = answer.partition(b"\r\n\r\n")
            if not found:
                kept[client] = answer
                continue
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15:].split(b"\r\n", 1)[0])
            if len(body) < length:
                kept[client] = answer
                continue
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
            kept[client] = b""
            send(client)
    return statuses


def spoiled(token, number):
    """The token with another signature each time: twelve characters of it are a counter."""
    return token[:-40] + encoded(number.to_bytes(9, "big")) + token[-28:]


def counted(start=0):
    number = start
    while True:
        yield number
        number += 1


def hot(site, token, seconds, work):
    """Latencies in microseconds, sorted, of 1,000 requests a second on ten connections."""
    log = os.path.join(work, "h2load.log")
    if os.path.exists(log):
        os.remove(log)
    subprocess.run(
        ["h2load", "--h1", "-t1", "-c10", "--rps=100", "-n%d" % (1000 * seconds), "-r1",
         "--rate-period=1ms", "--log-file=" + log,
         "-H", "authorization: Bearer " + token.decode(),
         "http://127.0.0.1:%d%s" % (site.port, PATH)],
        stdout=subprocess.DEVNULL, check=True)
    with open(log) as lines:
        rows = [line.split() for line in lines]
    wrong = sum(1 for row in rows if row[1] != "200")
    if wrong or len(rows) < 1000 * seconds:
        sys.exit("trust: %d hot requests failed, %d were answered" % (wrong, len(rows)))
    return sorted(int(row[2]) for row in rows)


def quantile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def flood(site, work, seconds):
    token, victim = site.issuer.token(1), site.issuer.token(2)
    print("%-10s %8s %8s %8s %8s" % ("µs", "p50", "p99", "p99.9", "max"))
    results = {}
    hot(site, token, 2, work)
    for name in ("alone", "flooded", "alone", "flooded"):
        child = 0
        if name == "flooded":
            child = os.fork()
            if child == 0:
                start = int(time.time() * 1000) << 20
                statuses = play(
                    site.port, (spoiled(victim, n) for n in counted(start)), 64,
                    until=time.monotonic() + seconds + 2)
                total = sum(statuses.values())
                print("           flood: %d a second, %s" % (total / (seconds + 2), statuses))
                sys.stdout.flush()
                os._exit(0 if set(statuses) <= {401, 503} else 1)
            time.sleep(1)
        latencies = hot(site, token, seconds, work)
        if child and os.waitpid(child, 0)[1] != 0:
            sys.exit("trust: a bad signature was answered otherwise than by 401 or 503")
        results.setdefault(name, []).append(quantile(latencies, 0.99))
        print("%-10s %8d %8d %8d %8d" % (
            name, quantile(latencies, 0.5), quantile(latencies, 0.99), quantile(latencies, 0.999),
            latencies[-1]))
    growth = (min(results["flooded"]) - min(results["alone"])) / 1000
    print("p99 grows by %.2f ms (target: less than 2 ms)" % growth)


def memory(site, count):
    print("at rest: %.1f MiB" % site.resident())

    def batches(make, what, expected):
        done, began = 0, time.monotonic()
        step = max(count // 10, 1)
        while done < count:
            statuses = play(site.port, (make(n) for n in range(done, done + step)), 16)
            if set(statuses) != {expected}:
                sys.exit("trust: %s tokens were answered %s" % (what, statuses))
            done += step
            print("%9d %s tokens: %.1f MiB (%.0f a second)" % (
                done, what, site.resident(), done / (time.monotonic() - began)))
            sys.stdout.flush()

    batches(site.issuer.token, "valid", 200)
    victim = site.issuer.token(0)
    batches(lambda number: spoiled(victim, number), "invalid", 401)
    for line in site.metrics("gatehouse_token"):
        print(line)


def main():
    parser = argparse.ArgumentParser(prog="trust")
    parser.add_argument("binary")
    parser.add_argument("work")
    parser.add_argument("here")
    parser.add_argument("what", choices=["flood", "memory"])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=1_000_000)
    options = parser.parse_args()
    places = (options.binary, options.work, options.here)
    if options.what == "flood":
        site = Site(*places, ec.SECP384R1(), 48, "ES384", hashes.SHA384(), threads=2)
    else:
        site = Site(*places, ec.SECP256R1(), 32, "ES256", hashes.SHA256(), threads=1)
    try:
        if options.what == "flood":
            flood(site, options.work, options.seconds)
        else:
            memory(site, options.tokens)
    finally:
        site.close()


main()
