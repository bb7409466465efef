"""What the scenarios share: a release binary, the emulated Logto and upstreams around it, in one folder."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

CONFIGURATION = """\
gatehouse: 1
kind: gateway
listen:
  - {{address: "127.0.0.1:{port}"}}
  - {{address: "127.0.0.1:{tls_port}", tls: {{certificate: {work}/tls/server.crt, key: {work}/tls/server.key}}}}
admin: 127.0.0.1:{admin}
threads: 2
logto:
  endpoint: http://127.0.0.1:{logto}
  audiences: [https://api.acme.example]
limits: {{body: 8GiB}}
upstreams:
  a: {{url: "http://127.0.0.1:{a}"}}
  b: {{url: "http://127.0.0.1:{b}"}}
policies: {work}/policies
log: {{access: off, decisions: off}}
"""

POLICIES = {
    "project.yaml": "gatehouse: 1\nkind: project\nname: scenario\npolicies: [routes/*.yaml]\n",
    "vocabulary.yaml":
        "gatehouse: 1\nkind: vocabulary\npermissions: {read:projects: See projects}\nroles: {}\n",
}
ROUTES = """\
gatehouse: 1
kind: policy
name: {name}
upstream: {name}
organization: none
routes:
  - {{id: {name}-open, match: "ANY /{name}/open/{{what}}", allow: public}}
  - {{id: {name}-known, match: "ANY /{name}/known/{{what}}", allow: authenticated}}
  - {{id: {name}-turn, match: "GET /{name}/turn{turn}", allow: authenticated}}
"""


def fail(message):
    name = os.path.basename(sys.argv[0]).removesuffix(".py")
    sys.exit(f"{name}: {message}")


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Site:
    """A gateway with two upstreams, `a` and `b`; `program` names the command of one."""

    def __init__(self, binary, work, program, prepare=None):
        self.binary, self.work, self.program, self.prepare = binary, work, program, prepare
        self.port, self.tls_port, self.admin, self.logto, a, b = free_ports(6)
        self.upstream_ports = {"a": a, "b": b}
        self.upstreams, self.log = {}, open(f"{work}/log", "w")
        self.emulator = self.gateway = None
        self.pairs = []

    def start(self):
        for number in range(2):
            self.pairs.append(self.make_pair(number))
        self.install_pair(0)
        for path, text in POLICIES.items():
            self.write("policies/" + path, text)
        for name in self.upstream_ports:
            self.write_routes(name, 0)
            self.start_upstream(name)
        for port in self.upstream_ports.values():
            self.wait_for_port(port)
        self.emulator = subprocess.Popen(
            [self.binary, "emulator", "--listen", f"127.0.0.1:{self.logto}"], stdout=self.log, stderr=self.log)
        self.wait(f"http://127.0.0.1:{self.logto}/oidc/jwks")
        self.start_gateway()
        self.wait(f"http://127.0.0.1:{self.admin}/readyz")
        body = json.dumps({"subject": "u_ann", "organization": "org_a", "lifetime": 7200}).encode()
        with urllib.request.urlopen(urllib.request.Request(
                f"http://127.0.0.1:{self.logto}/emulator/tokens", body,
                {"Content-Type": "application/json"})) as answer:
            self.token = json.loads(answer.read())["token"]

    def start_gateway(self):
        self.write("gatehouse.yaml", CONFIGURATION.format(
            port=self.port, tls_port=self.tls_port, admin=self.admin, logto=self.logto, work=self.work,
            **self.upstream_ports))
        self.gateway = subprocess.Popen(
            [self.binary, "serve", "--config", f"{self.work}/gatehouse.yaml"],
            stdout=self.log, stderr=self.log, preexec_fn=self.prepare)
        end = time.time() + 20
        while time.time() < end and self.gateway.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.admin), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        with open(f"{self.work}/log") as log:
            fail("the gateway does not start:\n" + log.read()[-2000:])

    def make_pair(self, number):
        folder = f"{self.work}/pair{number}"
        os.mkdir(folder)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", f"{folder}/server.key", "-out", f"{folder}/server.crt", "-days", "2", "-subj",
             f"/CN=soak{number}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            check=True, capture_output=True)
        return folder

    def install_pair(self, number, is_broken=False):
        """Puts a pair in place, each file by renaming; a broken one has the other's key."""
        os.makedirs(f"{self.work}/tls", exist_ok=True)
        for file, pair in (("server.crt", number), ("server.key", 1 - number if is_broken else number)):
            shutil.copy(f"{self.pairs[pair]}/{file}", f"{self.work}/tls/{file}.new")
            os.rename(f"{self.work}/tls/{file}.new", f"{self.work}/tls/{file}")

    def certificate(self, number):
        with open(f"{self.pairs[number]}/server.crt") as file:
            return ssl.PEM_cert_to_DER_cert(file.read())

    def write(self, path, text):
        path = os.path.join(self.work, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def write_routes(self, name, turn):
        self.write(f"policies/routes/{name}.yaml", ROUTES.format(name=name, turn=turn))

    def start_upstream(self, name):
        self.upstreams[name] = subprocess.Popen(
            self.program(name, self.upstream_ports[name]), stdout=self.log, stderr=self.log)

    def wait_for_port(self, port):
        for _ in range(400):
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.05)
        fail(f"nobody listens on port {port}")

    def wait(self, url):
        for _ in range(400):
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        fail("no answer from " + url)

    # What the gateway holds.

    def resident(self):
        with open(f"/proc/{self.gateway.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.gateway.pid}/fd"))

    def times(self):
        """Processor time used so far, in seconds."""
        with open(f"/proc/{self.gateway.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def connections(self):
        """Established connections of clients."""
        ports = {f"{port:04X}" for port in (self.port, self.tls_port)}
        with open(f"/proc/{self.gateway.pid}/net/tcp") as table:
            rows = [line.split() for line in table.readlines()[1:]]
        return sum(row[1].split(":")[1] in ports and row[3] in ("01", "08") for row in rows)

    def stop(self):
        everything = [self.gateway, self.emulator, *self.upstreams.values()]
        for process in everything:
            if process and process.poll() is None:
                process.kill()
                process.wait()
        self.log.close()
