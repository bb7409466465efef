#!/usr/bin/env python3
"""Plays an outage of Logto, in real time (about 75 seconds):

    make release && Tests/Scenarios/outage.py

The emulator is the issuer. It is stopped; until `keys.max_stale` after the last good fetch every request
with a valid token must succeed, also after a restart of the gateway, which then has only the saved copy of
the keys; after that every one must be a 503 `issuer-unavailable`. When the emulator of the same state is
gone for good its keys are, too, so recovery is not played here.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.join(ROOT, ".build/release/gatehouse")
MAX_STALE = 60
TOKENS = 40

CONFIGURATION = """\
gatehouse: 1
kind: gateway
listen:
  - address: 127.0.0.1:{port}
admin: 127.0.0.1:{admin}
logto:
  endpoint: http://127.0.0.1:{logto}
  audiences: [https://api.acme.example]
  keys: {{refresh: 10s, max_stale: {stale}s, cache: {work}/keys}}
upstreams:
  backend: {{url: "http://127.0.0.1:{admin}"}}
policies: {work}/policies
log: {{access: off, decisions: off}}
"""

POLICIES = {
    "project.yaml": "gatehouse: 1\nkind: project\nname: outage\npolicies: [routes/*.yaml]\n",
    "vocabulary.yaml":
        "gatehouse: 1\nkind: vocabulary\npermissions: {read:projects: See projects}\nroles: {}\n",
    "routes/all.yaml":
        "gatehouse: 1\nkind: policy\nname: all\nupstream: backend\norganization: none\n"
        "routes:\n  - {id: health, match: GET /healthz, allow: authenticated}\n",
}


def fail(message):
    sys.exit("outage: " + message)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def get(url, token=None, body=None):
    """Status and text of an answer."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(url, process):
    for _ in range(200):
        try:
            if get(url)[0] == 200:
                return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.05)
    fail("no answer from " + url)


def main():
    if not os.access(BINARY, os.X_OK):
        fail(BINARY + " is absent: run make release first")
    with tempfile.TemporaryDirectory() as work:
        port, admin, logto = free_ports(3)
        for path, text in POLICIES.items():
            path = os.path.join(work, "policies", path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        os.mkdir(os.path.join(work, "keys"), 0o700)
        configuration = os.path.join(work, "gatehouse.yaml")
        with open(configuration, "w") as file:
            file.write(CONFIGURATION.format(
                port=port, admin=admin, logto=logto, work=work, stale=MAX_STALE))
        play(work, configuration, port, admin, logto)


def play(work, configuration, port, admin, logto):
    log = open(os.path.join(work, "gateway.log"), "w")
    issuer = "http://127.0.0.1:%d" % logto
    control = "http://127.0.0.1:%d" % admin
    route = "http://127.0.0.1:%d/healthz" % port

    def gateway():
        process = subprocess.Popen([BINARY, "serve", "--config", configuration], stdout=log, stderr=log)
        wait_for(control + "/readyz", process)
        return process

    def age():
        for line in get(control + "/metrics")[1].splitlines():
            if line.startswith("gatehouse_keys_age_seconds{"):
                return float(line.rsplit(" ", 1)[1])
        return None

    def fresh():
        return tokens.pop() if tokens else None

    emulator = subprocess.Popen(
        [BINARY, "emulator", "--listen", "127.0.0.1:%d" % logto], stdout=log, stderr=log)
    running = None
    try:
        wait_for(issuer + "/oidc/jwks", emulator)
        tokens = [
            json.loads(get(issuer + "/emulator/tokens", body={
                "subject": "u_ann", "organization": "org_a", "lifetime": 3600})[1])["token"]
            for _ in range(TOKENS)]
        hot = tokens[0]
        running = gateway()
        if get(route, hot)[0] != 200:
            fail("the first request was refused: %s" % (get(route, hot),))
        emulator.send_signal(signal.SIGTERM)
        emulator.wait(10)
        print("Logto is stopped; the keys are %.0f s old" % age())
        served, restarted = 0, False
        while age() < MAX_STALE - 1.5:
            for token in (hot, fresh()):
                status, text = get(route, token) if token else (200, "")
                if status != 200:
                    fail("at an age of %.1f s: %d %s" % (age(), status, text))
                served += 1
            if not restarted and age() > MAX_STALE / 2:
                running.send_signal(signal.SIGTERM)
                running.wait(40)
                running, restarted = gateway(), True
                print("restarted after %d requests; ready at once, the keys are %.0f s old: %s" % (
                    served, age(), get(control + "/readyz")[1].strip().replace("\n", "; ")))
            time.sleep(1.5)
        print("%d requests up to an age of %.1f s, all 200, first-seen tokens among them" % (
            served, age()))
        while age() <= MAX_STALE + 0.5:
            time.sleep(0.2)
        status, text = get(route, hot)
        if status != 503 or json.loads(text)["code"] != "issuer-unavailable":
            fail("past the bound: %d %s" % (status, text))
        print("past the bound: 503 %s; readyz %d" % (
            json.loads(text)["code"], get(control + "/readyz")[0]))
    finally:
        for process in (emulator, running):
            if process and process.poll() is None:
                process.terminate()
                process.wait(40)
        log.close()


main()
