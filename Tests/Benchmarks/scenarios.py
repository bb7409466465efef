#!/usr/bin/env python3
"""Our own rows of the side-by-side bench: scenarios.py BENCH PEER_FILE OUT [--reps N] [--secs S] [--rows a,b]

    tls_hot     HTTP/1.1 over TLS, one hot token: nginx and HAProxy with TLS, and the gateway
    close       `Connection: close` on every request: nginx, HAProxy, and the gateway
    two_loops   CPU of a request with two event loops beside that with one, both on both processors
    spread      1,000 connections over two event loops: the share of the fuller one

The bench (its processes, clocks, lock and noise rules) is the one that BENCH holds; this file only adds
rows. A row that the gateway cannot run is printed with its reason, and the others go on.
"""

import argparse
import http.client
import importlib.util
import json
import os
import re
import resource
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = "/orgs/org_1/projects"
ROWS = ["tls_hot", "close", "two_loops", "spread"]


def load(folder):
    spec = importlib.util.spec_from_file_location("side_by_side", os.path.join(folder, "run.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def peers(bench, gateway):
    """The peers of our rows: ours, and those of the bench that we stand beside."""
    def shared(name):
        with open(f"{bench.HERE}/peers/{name}.json") as file:
            return json.load(file)

    def own(name, port, tls="", workers=None):
        made = json.loads(json.dumps(gateway))
        made.update(name=name, port=port)
        made["vars"] = {"ADMIN": port + 1, "TLS": tls}
        if workers:
            made["vars"]["WORKERS"] = workers
        return made

    nginx = {"name": "nginx-tls", "kind": "raw", "port": 9131, "tls": True,
             "files": {"configs/nginx-tls.conf": "nginx.conf"}, "_dir": HERE,
             "start": ["/usr/sbin/nginx", "-p", "{RUN}", "-e", "{RUN}/err.log", "-c", "{RUN}/nginx.conf"]}
    haproxy = {"name": "haproxy-tls", "kind": "raw", "port": 9132, "tls": True,
               "files": {"configs/haproxy-tls.cfg": "haproxy.cfg"}, "_dir": HERE,
               "start": ["/usr/sbin/haproxy", "-db", "-f", "{RUN}/haproxy.cfg"]}
    pair = f", tls: {{certificate: {bench.WORK}/tls.crt, key: {bench.WORK}/tls.key}}"
    return {
        "tls_hot": [nginx, haproxy, dict(own("gatehouse-tls", 9133, pair), tls=True)],
        "close": [shared("nginx-raw"), shared("haproxy-raw"), own("gatehouse", 9120)],
        "two_loops": [own("gatehouse-one", 9120, workers=1), own("gatehouse", 9123)],
        "spread": [own("gatehouse", 9120)],
    }


def get(port, token, tls):
    """One request on a connection of its own; its status."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = (http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context) if tls
                  else http.client.HTTPConnection("127.0.0.1", port, timeout=10))
    connection.request("GET", PATH, headers={"Authorization": "Bearer " + token})
    status = connection.getresponse().status
    connection.close()
    return status


def started(bench, definition, layout, token):
    """A peer that answers."""
    peer = bench.Proc(definition, layout).start()
    last, end = None, time.time() + 20
    while time.time() < end:
        if peer.p.poll() is not None:
            raise RuntimeError(f"{peer.name} ended with {peer.p.returncode}: see {peer.run}/stdout.log")
        try:
            last = get(peer.port, token, definition.get("tls"))
            if last == 200:
                return peer
        except OSError as error:
            last = error
        time.sleep(0.05)
    peer.stop()
    raise RuntimeError(f"{peer.name} does not answer: {last}")


def wrk(bench, side, peer, secs, headers=(), connections=64):
    """What wrk saw, as the bench's own report tells it."""
    scheme = "https" if peer.d.get("tls") else "http"
    command = ["taskset", "-c", side.load_pin, "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(secs))}s",
               "--timeout", "20s", "-s", f"{bench.HERE}/wrk/report.lua"]
    for header in headers:
        command += ["-H", header]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command + [f"{scheme}://127.0.0.1:{peer.port}{PATH}"], capture_output=True,
                          text=True, timeout=90, env=dict(os.environ, BENCH_WRK=f"{bench.HERE}/wrk"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(r"RESULT (\{.*\})", done.stdout)
    if not found:
        raise RuntimeError(f"wrk gave no result: {done.stdout[-300:]} {done.stderr[-300:]}")
    seen = json.loads(found[1])
    seen["load_cpu_s"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seen


def measure(bench, side, row, peer, secs):
    token = "Authorization: Bearer " + side.T["es_hot"]
    if row == "spread":
        return spread(side, peer)
    headers = [token] + (["Connection: close"] if row == "close" else [])
    if row != "close":
        wrk(bench, side, peer, 1, headers)
    return side.around(peer, lambda: wrk(bench, side, peer, secs, headers))


def loop_times(pid):
    """CPU of each thread that is an event loop, in nanoseconds."""
    times = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm") as file:
            name = file.read().strip()
        if "loop" in name or re.fullmatch(r"gatehouse-\d+", name):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                times[f"{name} {thread}"] = int(file.read().split()[0])
    return times


def connections_by_loop(admin):
    """What the gateway says of its loops, if it says so."""
    connection = http.client.HTTPConnection("127.0.0.1", admin, timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    found = re.findall(r'^gatehouse_\w*connections\w*\{[^}]*loop="(\d+)"[^}]*\} (\d+)$', text, re.M)
    return {f"loop {loop}": int(count) for loop, count in found}


def spread(side, peer):
    """1,000 connections that each send one request; the share of the fullest loop.

    Where the gateway does not tell the connections of each loop, the CPU that each loop spends on twenty
    requests of every connection stands for them.
    """
    request = (f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
               f"Authorization: Bearer {side.T['es_hot']}\r\n\r\n").encode()
    clients, refused = [], 0

    def ask(client):
        client.sendall(request)
        answer = b""
        while not answer.endswith(b"}"):
            part = client.recv(65536)
            if not part:
                break
            answer += part
        return answer.startswith(b"HTTP/1.1 200")

    try:
        for _ in range(1000):
            clients.append(socket.create_connection(("127.0.0.1", peer.port), timeout=10))
            refused += not ask(clients[-1])
        by_loop, told_by = connections_by_loop(peer.d["vars"]["ADMIN"]), "metrics"
        if len(by_loop) < 2:
            before = loop_times(peer.p.pid)
            for _ in range(20):
                for client in clients:
                    refused += not ask(client)
            after = loop_times(peer.p.pid)
            by_loop = {name: after[name] - before.get(name, 0) for name in after}
            told_by = "CPU"
    finally:
        for client in clients:
            client.close()
    total = sum(by_loop.values())
    return {"share": max(by_loop.values()) / total if total else float("nan"), "told_by": told_by,
            "by_loop": by_loop, "bad_status": refused, "requests": 1000}


def run(bench, options, gateway):
    results, failures = {}, {}
    lock = bench.Lock(options.lock)
    with open(f"{bench.WORK}/run/own.pem", "w") as pair:
        for name in ("tls.crt", "tls.key"):
            with open(f"{bench.WORK}/{name}") as part:
                pair.write(part.read())
    for row in options.rows.split(","):
        layout = "both" if row in ("two_loops", "spread") else "one"
        side = bench.Bench(argparse.Namespace(layout=layout, secs=options.secs))
        if layout == "one":
            os.sched_setaffinity(0, {1})
        else:
            os.sched_setaffinity(0, range(os.cpu_count() or 1))
        up, running = side.up.start(), []
        try:
            up.wait("/healthz", [])
            for definition in peers(bench, gateway)[row]:
                try:
                    running.append(started(bench, definition, layout, side.T["es_hot"]))
                except (RuntimeError, OSError) as error:
                    failures[f"{row} {definition['name']}"] = str(error)
            for repetition in range(min(options.reps, 3) if row == "spread" else options.reps):
                turn = repetition % len(running) if running else 0
                for peer in running[turn:] + running[:turn]:
                    lock.ensure()
                    bench.quiet(options.patience)
                    seen = measure(bench, side, row, peer, options.secs)
                    results.setdefault(row, {}).setdefault(peer.name, []).append(seen)
                print(f"{time.strftime('%T')} rep {repetition + 1} {row}", flush=True)
        finally:
            for peer in running:
                peer.stop()
            up.stop()
            lock.release()
    return results, failures


def show(results, failures):
    for row, found in results.items():
        print(f"\n== {row}")
        for name, seen in found.items():
            bad = sum(one["bad_status"] for one in seen)
            if row == "spread":
                shares = ", ".join(f"{one['share']:.1%} (by {one['told_by']})" for one in seen)
                print(f"{name:20} fuller loop {shares}; not 200: {bad}")
                continue
            broken = sum(one[kind] for one in seen for kind in ("read", "write", "connect", "timeout"))
            times = [one["cpu_us"] for one in seen]
            print(f"{name:20} {statistics.median(times):8.2f} us/req ({min(times):.1f}-{max(times):.1f}), "
                  f"{statistics.median(one['rps'] for one in seen):9.0f} req/s, "
                  f"p99 {statistics.median(one['p99'] for one in seen):6.0f} us, not 200: {bad}, broken: {broken}")
    for name, reason in failures.items():
        print(f"not run: {name}: {reason}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("peer_file")
    parser.add_argument("out")
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--secs", type=float, default=2.0)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--lock", default="/tmp/cpu.lock")
    parser.add_argument("--patience", type=float, default=4)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = load(options.bench)
    os.makedirs(f"{bench.WORK}/run", exist_ok=True)
    with open(options.peer_file) as file:
        gateway = json.load(file)
    gateway["_dir"] = os.path.dirname(os.path.abspath(options.peer_file))
    results, failures = run(bench, options, gateway)
    show(results, failures)
    with open(options.out, "w") as file:
        json.dump({"results": results, "failures": failures}, file)


main()
