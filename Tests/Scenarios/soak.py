#!/usr/bin/env python3
"""Leaves a gateway alone with people who behave badly, for a while:

    make soak                    fifteen minutes
    make soak MINUTES=1          a look at the scenario itself

The release binary stands in front of two upstreams. Clients ask, upload, download, read slowly, and leave in
the middle of heads, bodies and answers; the upstreams are killed and come back; rule files change, now and
then into broken ones; the certificate is replaced. Every request has a name of its own: an upstream answers
with its own name and the request's, and keeps a list of what it received.

It fails where an answer belongs to another request or comes from the wrong upstream, where a request that may
not be repeated was received twice, where a 5xx or a broken connection has no restart to blame, and where
memory, descriptors or connections do not come back.
"""

import argparse
import asyncio
import collections
import hashlib
import json
import os
import random
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import weakref

from scenario import ROOT, Site, fail

WORKERS = 48
# A request may fail where it meets the restart of its upstream, or comes this long after it.
GRACE = 2.0
MEMORY_SHARE, MEMORY_FLOOR = 1.15, 8.0


# MARK: Messages

class Broken(Exception):
    """The other end left."""


async def read_head(reader):
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, OSError) as error:
        raise Broken("no head") from error
    fields = {}
    for line in head[1:-2]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    return head[0], fields


async def read_body(reader, fields, slow=None):
    """The parts of a body as they come."""
    try:
        if fields.get("transfer-encoding", "").lower() == "chunked":
            while True:
                size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
                data = await reader.readexactly(size + 2)
                if size == 0:
                    return
                yield data[:-2]
        left = int(fields.get("content-length", 0))
        while left:
            data = await reader.read(min(left, 16384 if slow else 262144))
            if not data:
                raise Broken("cut off")
            left -= len(data)
            yield data
            if slow:
                await asyncio.sleep(slow)
    except (asyncio.IncompleteReadError, OSError) as error:
        raise Broken("cut off") from error


def pattern(name, size):
    """The bytes that belong to a request and to no other."""
    line = hashlib.sha256(name.encode()).hexdigest().encode()
    return (line * (size // len(line) + 1))[:size]


# MARK: The upstream, a process of its own

async def upstream_connection(reader, writer, own, seen):
    try:
        while True:
            line, fields = await read_head(reader)
            method, target, _ = line.split(" ")
            name, digest, size = fields.get("x-soak", "-"), hashlib.sha256(), 0
            seen.write(f"{method} {name}\n")
            seen.flush()
            async for data in read_body(reader, fields):
                digest.update(data)
                size += len(data)
            head = f"HTTP/1.1 200 OK\r\nX-Upstream: {own}\r\nX-Soak: {name}\r\n"
            if "/down" in target:
                wanted = int(fields.get("x-size", 0))
                writer.write(f"{head}Content-Length: {wanted}\r\n\r\n".encode())
                body = pattern(name, wanted)
                for start in range(0, wanted, 262144):
                    writer.write(body[start:start + 262144])
                    await writer.drain()
            elif "/drip" in target:
                writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
                for _ in range(8):
                    part = pattern(name, random.randint(1, 3000))
                    writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                    await writer.drain()
                    await asyncio.sleep(random.random() * 0.1)
                writer.write(b"0\r\n\r\n")
            else:
                text = json.dumps({"size": size, "digest": digest.hexdigest()}).encode()
                last = random.random() < 0.03
                close = "Connection: close\r\n" if last else ""
                writer.write(f"{head}{close}Content-Length: {len(text)}\r\n\r\n".encode() + text)
                if last:
                    break
            await writer.drain()
        await writer.drain()
    except (Broken, OSError, ValueError):
        pass
    finally:
        writer.close()


async def upstream(own, port, path):
    with open(path, "a") as seen:
        server = await asyncio.start_server(
            lambda reader, writer: upstream_connection(reader, writer, own, seen),
            "127.0.0.1", port, limit=1 << 20)
        async with server:
            await server.serve_forever()



# MARK: The clients

class Soak:
    def __init__(self, site, seed):
        self.site, self.random = site, random.Random(seed)
        self.counts, self.findings = collections.Counter(), []
        self.number, self.is_over = 0, False
        self.restarts = {"a": [], "b": []}
        self.open_windows = {}
        self.doing = weakref.WeakKeyDictionary()

    def find(self, text):
        self.counts["findings"] += 1
        if len(self.findings) < 20:
            self.findings.append(text)
            print("soak: FINDING: " + text, flush=True)

    def is_excused(self, name, start):
        """Whether the upstream was away at some time from `start` until now."""
        end = time.monotonic()
        if name in self.open_windows and self.open_windows[name] <= end:
            return True
        return any(down <= end and start <= up + GRACE for down, up in self.restarts[name][-50:])

    def next_name(self, upstream):
        self.number += 1
        return f"{upstream}-{self.number:08d}-{self.random.getrandbits(32):08x}"

    async def connect(self, small_buffer=False):
        raw = socket.socket()
        raw.setblocking(False)
        if small_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        tls = self.random.random() < 0.4
        loop = asyncio.get_running_loop()
        await loop.sock_connect(raw, ("127.0.0.1", self.site.tls_port if tls else self.site.port))
        context = None
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return await asyncio.open_connection(
            sock=raw, ssl=context, server_hostname="localhost" if tls else None,
            limit=65536 if small_buffer else 1 << 20)

    def request(self, kind, size=0, is_chunked=False):
        upstream = self.random.choice("ab")
        name = self.next_name(upstream)
        is_known = self.random.random() < 0.5
        body = self.random.randbytes(size) if kind == "up" else b""
        lines = [
            f"{'POST' if kind == 'up' else 'GET'} /{upstream}/{'known' if is_known else 'open'}/{kind} HTTP/1.1",
            "Host: soak.test", f"X-Soak: {name}"]
        if is_known:
            lines.append("Authorization: Bearer " + self.site.token)
        if kind == "down":
            lines.append(f"X-Size: {size}")
        framed = body
        if kind == "up" and is_chunked:
            lines.append("Transfer-Encoding: chunked")
            step = max(1, size // 5)
            parts = [body[start:start + step] for start in range(0, size, step)]
            framed = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts) + b"0\r\n\r\n"
        elif kind == "up":
            lines.append(f"Content-Length: {size}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        return upstream, name, body, head, framed

    async def answer(self, reader, upstream, name, kind, body, size, start, slow=None):
        """Reads an answer and looks at it; whether the connection may be used again."""
        line, fields = await read_head(reader)
        status, received, whole = int(line.split(" ")[1]), 0, b""
        expected = pattern(name, size) if kind == "down" else b""
        async for data in read_body(reader, fields, slow):
            if kind == "down" and status == 200 and data != expected[received:received + len(data)]:
                self.find(f"{name}: other bytes than its own from {received} on")
            received += len(data)
            if kind == "up":
                whole += data
        self.counts[f"{status}"] += 1
        if status >= 500:
            if not self.is_excused(upstream, start):
                self.find(f"{name}: {line} without a cause: {whole[:200]}")
        elif status != 200:
            self.find(f"{name}: {line}")
        elif fields.get("x-upstream") != upstream or fields.get("x-soak") != name:
            self.find(f"{name} got the answer of {fields.get('x-upstream')} {fields.get('x-soak')}")
        elif kind == "up":
            told = json.loads(whole)
            if told["size"] != len(body) or told["digest"] != hashlib.sha256(body).hexdigest():
                self.find(f"{name}: {told['size']} of {len(body)} bytes arrived, or others")
        return fields.get("connection", "").lower() != "close"

    async def ask(self):
        """A few requests on one connection, answered one after the other or sent at once."""
        slow = 0.02 if self.random.random() < 0.1 else None
        reader, writer = await self.connect(small_buffer=slow is not None)
        try:
            for _ in range(self.random.randint(1, 12)):
                kind = self.random.choice(["get", "get", "get", "up", "up", "down", "drip"])
                size = {"up": self.random.choice([0, 1, 300, 20_000, 300_000]),
                        "down": self.random.choice([0, 10_000, 300_000, 3_000_000])}.get(kind, 0)
                several = kind == "get" and self.random.random() < 0.2
                asked = [self.request(kind, size, self.random.random() < 0.5)
                         for _ in range(4 if several else 1)]
                start = time.monotonic()
                self.doing[asyncio.current_task()] = (
                    f"{', '.join(name for _, name, *_ in asked)} ({kind}, {size} bytes"
                    f"{', read slowly' if slow else ''}, port {writer.get_extra_info('sockname')[1]})")
                try:
                    writer.write(b"".join(head + framed for _, _, _, head, framed in asked))
                    drained = asyncio.ensure_future(writer.drain())
                    for upstream, name, body, _, _ in asked:
                        stays = await self.answer(reader, upstream, name, kind, body, size, start, slow)
                        self.counts["answered"] += 1
                        if not stays:
                            drained.cancel()
                            return
                    await drained
                except (Broken, OSError) as error:
                    if not any(self.is_excused(upstream, start) for upstream, *_ in asked):
                        self.find(f"{asked[0][1]} ({kind}): {error!r} without a cause")
                    self.counts["broken"] += 1
                    return
            # Nothing may come that nobody asked for.
            try:
                more = await asyncio.wait_for(reader.read(1), 0.01)
                if more:
                    self.find(f"bytes behind the last answer: {more!r}")
            except asyncio.TimeoutError:
                pass
        finally:
            writer.close()

    async def leave(self):
        """Leaves in the middle of something, politely or not."""
        phase = self.random.choice(["connect", "head", "body", "chunk", "answer", "answer", "wait"])
        reader, writer = await self.connect(small_buffer=phase == "answer")
        kind = {"body": "up", "chunk": "up", "answer": "down", "wait": "drip"}.get(phase, "get")
        _, _, _, head, framed = self.request(
            kind, 500_000 if kind in ("up", "down") else 0, phase == "chunk")
        if phase == "head":
            writer.write(head[:self.random.randint(1, len(head) - 1)])
        elif phase in ("body", "chunk"):
            writer.write(head + framed[:self.random.randint(0, len(framed) - 1)])
        elif phase != "connect":
            writer.write(head)
        try:
            if phase == "answer":
                await reader.read(self.random.randint(1, 60_000))
            elif self.random.random() < 0.5:
                await asyncio.sleep(self.random.random() * 0.05)
        except OSError:
            pass
        if self.random.random() < 0.5:
            # The connection may have ended meanwhile.
            if raw := writer.get_extra_info("socket"):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        else:
            writer.close()
        self.counts["left in " + phase] += 1

    async def worker(self):
        while not self.is_over:
            task = asyncio.ensure_future(self.ask() if self.random.random() < 0.75 else self.leave())
            try:
                await asyncio.wait_for(asyncio.shield(task), 60)
            except asyncio.TimeoutError:
                self.find(f"it took more than a minute: {self.doing.get(task, 'leaving')}")
                task.cancel()
            except (OSError, ssl.SSLError) as error:
                self.find(f"no connection: {error!r}")
                await asyncio.sleep(0.1)

    # MARK: Disturbances

    async def restart_upstreams(self):
        while not self.is_over:
            await asyncio.sleep(self.random.uniform(3, 9))
            name = self.random.choice("ab")
            down = self.open_windows[name] = time.monotonic()
            self.site.upstreams[name].kill()
            self.site.upstreams[name].wait()
            await asyncio.sleep(self.random.uniform(0, 1.5))
            self.site.start_upstream(name)
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.site.upstream_ports[name])
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.02)
            self.restarts[name].append((down, time.monotonic()))
            del self.open_windows[name]
            self.counts["restarts"] += 1

    async def change_rules(self):
        turn = 0
        while not self.is_over:
            await asyncio.sleep(self.random.uniform(1, 4))
            turn += 1
            name = self.random.choice("ab")
            if turn % 5 == 0:
                # It must never come into force: the routes before stay.
                self.site.write(f"policies/routes/{name}.yaml", "gatehouse: 1\nkind: policy\nroutes: [")
                await asyncio.sleep(0.7)
            self.site.write_routes(name, turn)
            if turn % 3 == 0:
                self.site.gateway.send_signal(signal.SIGHUP)
            self.counts["rule changes"] += 1

    async def served_certificate(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection(
            "127.0.0.1", self.site.tls_port, ssl=context, server_hostname="localhost")
        served = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return served

    async def change_certificate(self):
        number = 0
        while not self.is_over:
            await asyncio.sleep(self.random.uniform(5, 12))
            if self.random.random() < 0.3:
                self.site.install_pair(1 - number, is_broken=True)
                await asyncio.sleep(1)
                if await self.served_certificate() != self.site.certificate(number):
                    self.find("a key that does not belong to its certificate came into force")
            number = 1 - number
            self.site.install_pair(number)
            wanted, end = self.site.certificate(number), time.monotonic() + 30
            while await self.served_certificate() != wanted:
                if time.monotonic() > end:
                    self.find("a new certificate did not come into force within 30 s")
                    break
                await asyncio.sleep(0.1)
            self.counts["certificates"] += 1

    async def report(self, start):
        while not self.is_over:
            await asyncio.sleep(10)
            if self.site.gateway.poll() is not None:
                self.find(f"the gateway ended with {self.site.gateway.returncode}")
                self.is_over = True
                return
            left = sum(count for key, count in self.counts.items() if key.startswith("left in "))
            print(f"{time.monotonic() - start:6.0f} s  {self.counts['answered']} answered, {left} left, "
                  f"{self.counts['broken']} broken off, {self.counts['restarts']} restarts, "
                  f"{self.counts['rule changes']} rule changes, {self.counts['certificates']} certificates; "
                  f"{self.site.resident():.1f} MiB, {self.site.descriptors()} descriptors, "
                  f"{self.counts['findings']} findings", flush=True)

    async def play(self, seconds):
        start = time.monotonic()
        tasks = [asyncio.create_task(one) for one in (
            self.restart_upstreams(), self.change_rules(), self.change_certificate(), self.report(start))]
        workers = [asyncio.create_task(self.worker()) for _ in range(WORKERS)]
        warm = min(120.0, seconds / 4)
        await self.rest(start + warm)
        warm_memory = await self.quiet_memory()
        await self.rest(start + seconds)
        end_memory = await self.quiet_memory()
        self.is_over = True
        await asyncio.gather(*workers)
        # A restart or a change of the rules under way is finished.
        await asyncio.wait(tasks, timeout=15)
        for task in tasks:
            task.cancel()
        return warm_memory, end_memory

    async def rest(self, until):
        while not self.is_over and time.monotonic() < until:
            await asyncio.sleep(0.1)

    async def quiet_memory(self):
        """The least of several looks: what is held for an exchange under way comes and goes."""
        looks = []
        for _ in range(20):
            if self.is_over:
                break
            looks.append(self.site.resident())
            await asyncio.sleep(0.25)
        return min(looks, default=0.0)


def received_twice(site, soak):
    """Requests that an upstream received more than once, and those that are another's."""
    for own in site.upstream_ports:
        seen = collections.Counter()
        with open(f"{site.work}/seen-{own}") as lines:
            for line in lines:
                method, _, name = line.strip().partition(" ")
                seen[method, name] += 1
                if not name.startswith(own + "-"):
                    soak.find(f"upstream {own} received {line.strip()}")
        for (method, name), count in seen.items():
            # A GET whose connection was killed before a byte of its answer is sent once more.
            if count > (2 if method == "GET" else 1):
                soak.find(f"upstream {own} received {method} {name} {count} times")
        again = sum(count > 1 for count in seen.values())
        print(f"upstream {own} received {len(seen)} requests, {again} of them again after a restart")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--binary", default=os.path.join(ROOT, ".build/release/gatehouse"))
    parser.add_argument("--upstream", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.upstream:
        own, port, path = options.upstream
        try:
            asyncio.run(upstream(own, int(port), path))
        except KeyboardInterrupt:
            pass
        return
    if not os.access(options.binary, os.X_OK):
        fail(options.binary + " is absent: run make release first")
    with tempfile.TemporaryDirectory() as work:
        site = Site(options.binary, work, lambda name, port: [
            sys.executable, os.path.abspath(__file__), "--upstream", name, str(port), f"{work}/seen-{name}"])
        try:
            site.start()
            soak = Soak(site, options.seed)
            print(f"soak: {options.minutes:g} minutes, seed {options.seed}", flush=True)
            judge(site, soak, options)
        finally:
            site.stop()


def judge(site, soak, options):
    base = site.descriptors()
    warm_memory, end_memory = asyncio.run(soak.play(options.minutes * 60))
    if site.gateway.poll() is None:
        end = time.time() + 90
        while time.time() < end and (site.connections() or site.descriptors() > base):
            time.sleep(0.5)
        print(f"memory {warm_memory:.1f} MiB warm, {end_memory:.1f} MiB at the end; "
              f"descriptors {base} before, {site.descriptors()} after; {site.connections()} connections left")
        if end_memory > warm_memory * MEMORY_SHARE + (MEMORY_FLOOR if options.minutes < 5 else 2):
            soak.find(f"memory grew from {warm_memory:.1f} to {end_memory:.1f} MiB")
        if site.descriptors() > base:
            soak.find(f"{site.descriptors() - base} descriptors are left")
        if site.connections():
            soak.find(f"{site.connections()} connections are left")
        site.gateway.send_signal(signal.SIGTERM)
        try:
            if (code := site.gateway.wait(60)) != 0:
                soak.find(f"the gateway ended with {code}")
        except subprocess.TimeoutExpired:
            soak.find("the gateway did not end within a minute of SIGTERM")
    received_twice(site, soak)
    print("counted: " + ", ".join(f"{key} {count}" for key, count in sorted(soak.counts.items())))
    if soak.counts["answered"] < 100:
        soak.find("hardly anything was answered")
    if soak.counts["findings"]:
        fail(f"{soak.counts['findings']} findings, seed {options.seed}")
    print("soak: no finding")


main()
