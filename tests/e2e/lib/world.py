"""tests/e2e/lib/world.py — a real Mosquitto, a real Redis, `ioc run` and `ioc wall`, all of a test's own.

Everything lies in one temporary directory and listens on free loopback ports.  Servers are ended by their process
id whatever happens: they are closed with the world, and the kernel kills them when the test dies.
"""
import ctypes
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from . import mqtt, resp, wall

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
IOC = os.environ.get("IOC", str(ROOT / "build/release/ioc"))
SHARED = pathlib.Path(os.environ.get("IOC_SHARED", str(ROOT.parent / "shared")))
PR_SET_PDEATHSIG = 1
os.environ["PATH"] += ":/usr/sbin:/sbin"  # where brokers live


def eventually(question, what, timeout=15):
    """The first answer that is true; asks again until then."""
    until = time.monotonic() + timeout
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"not within {timeout} s: {what}; the last answer was {answer!r}")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def parse_metrics(page):
    """Prometheus text format 0.0.4 → {name{labels}: value}; every line must be sound and have a TYPE above it."""
    values, types = {}, {}
    for line in page.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge", "histogram"), line
            assert name not in types, f"two TYPEs of {name}"
            types[name] = kind
        elif line and not line.startswith("#"):
            match = re.fullmatch(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? '
                                 r'([-+]?(?:[0-9.eE+-]+|Inf|NaN))', line)
            assert match, f"not Prometheus text: {line!r}"
            name = match.group(1)
            family = re.sub(r"_(bucket|sum|count)$", "", name) if name not in types else name
            assert family in types, f"no TYPE above {line!r}"
            sample = name + (match.group(2) or "")
            assert sample not in values, f"twice: {sample}"
            values[sample] = float(match.group(3))
    return values


class Process:
    """A child with its log; started again on the same ports after it was killed."""

    def __init__(self, name, command, directory, environment=None):
        self.name, self.command, self.directory = name, [str(word) for word in command], directory
        self.log = directory / f"{name}.log"
        self.environment = {**os.environ, **(environment or {})}
        self.child = None
        self.code = None

    def start(self):
        libc = ctypes.CDLL(None)

        def die_with_the_test():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, cwd=self.directory, env=self.environment, stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log, preexec_fn=die_with_the_test)
        return self

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def tell(self, number):
        os.kill(self.child.pid, number)

    def stop(self, number=signal.SIGTERM, timeout=40):
        """The exit code; a child that does not go is killed, which fails the test."""
        if not self.child:
            return self.code
        if self.child.poll() is None:
            self.tell(number)
        try:
            self.code = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"{self.name} was still there {timeout} s after signal {number}") from None
        finally:
            self.child = None
        return self.code

    def kill(self):
        self.tell(signal.SIGKILL)
        self.child.wait()
        self.child = None

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self, lines=40):
        return "\n".join(f"    {self.name} | {line}" for line in self.text().splitlines()[-lines:])


class World:
    """`files` is copied into the temporary directory; in .yaml files @name@ becomes what `words` says.

    autosave: Mosquitto writes its database after every change, so that it can be killed (slow).
    """

    def __init__(self, name, files, site="e2e", autosave=False):
        self.site, self.name = site, name
        self.prefix = f"ioc:{{{site}}}:"
        # In memory where there is some: Mosquitto and Redis sync their files all the time.
        memory = "/dev/shm" if not os.environ.get("TMPDIR") and os.access("/dev/shm", os.W_OK) else None
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"ioc-{name}-", dir=memory))
        self.autosave = autosave
        self.processes = {}
        self.clients = []
        self.redis_port, self.mqtt_port, self.metrics_port = free_port(), free_port(), free_port()
        self.words = {"site": site, "redis": f"127.0.0.1:{self.redis_port}", "mqtt": f"mqtt://127.0.0.1:{self.mqtt_port}",
                      "metrics": f"127.0.0.1:{self.metrics_port}", "page": str(ROOT / "sinks/wall/page")}
        self._make_secrets()
        shutil.copytree(files, self.directory, dirs_exist_ok=True)
        for path in self.directory.rglob("*.yaml"):
            self.fill(path)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            print(self.tails(), file=sys.stderr)
        self.close()

    def fill(self, path):
        whole = path.read_text()
        for word, value in self.words.items():
            whole = whole.replace(f"@{word}@", value)
        path.write_text(whole)

    def _make_secrets(self):
        """As a city does (config/secrets), and a Redis account for the test itself."""
        self.secret_directory = self.directory / "secrets"
        subprocess.run([ROOT / "config/secrets", self.secret_directory, self.site], check=True, capture_output=True)
        names = {"engine": "redis-engine", "gate": "redis-gate", "broker": "mqtt-engine", "devices": "mqtt-devices", "key": "gate.key"}
        self.secrets = {word: (self.secret_directory / name).read_text().strip() for word, name in names.items()}
        self.secrets["other key"] = secrets.token_hex(32)
        self.secrets["admin"] = secrets.token_hex(32)
        other = self.secret_directory / "other.key"
        other.touch(0o600)
        other.write_text(self.secrets["other key"])
        with open(self.secret_directory / "redis.acl", "a", encoding="utf-8") as acl:
            acl.write(f"user admin on >{self.secrets['admin']} ~* &* +@all\n")

    # -- servers

    def start_process(self, name, command, environment=None):
        self.processes[name] = Process(name, command, self.directory, environment)
        return self.processes[name].start()

    def start_redis(self):
        if "redis" not in self.processes:
            (self.directory / "redis.conf").write_text("\n".join([
                f"include {ROOT}/config/redis.conf", "bind 127.0.0.1", f"port {self.redis_port}", f"dir {self.directory}",
                f"aclfile {self.secret_directory}/redis.acl", ""]))
            self.start_process("redis", ["redis-server", self.directory / "redis.conf"])
        else:
            self.processes["redis"].start()
        eventually(self._redis_answers, "Redis answers")

    def _redis_answers(self):
        try:
            client = self.redis()
            client.call("PING")
            client.close()
            return True
        except (OSError, resp.Refused):
            return False

    def redis(self, user="admin"):
        return resp.Redis(self.redis_port, user, self.secrets[user])

    def start_mosquitto(self):
        if "mosquitto" not in self.processes:
            shipped = (ROOT / "config/mosquitto.conf").read_text()
            if self.autosave:
                shipped = shipped.replace("autosave_interval 60", "autosave_interval 1\nautosave_on_changes true\nsys_interval 0")
            (self.directory / "mosquitto.conf").write_text("\n".join([
                shipped, f"listener {self.mqtt_port} 127.0.0.1", "user root", f"password_file {self.secret_directory}/mosquitto.passwd",
                f"acl_file {self.secret_directory}/mosquitto.acl", f"persistence_location {self.directory}/", ""]))
            self.start_process("mosquitto", ["mosquitto", "-c", self.directory / "mosquitto.conf"])
        else:
            self.processes["mosquitto"].start()
        eventually(lambda: is_listening(self.mqtt_port), "Mosquitto listens")

    def devices(self, client_id="devices", user="devices", **more):
        client = mqtt.Client(self.mqtt_port, client_id, user, self.secrets["broker" if user == "engine" else user], **more)
        self.clients.append(client)
        return client

    def start_engine(self, city="city.yaml", is_ready=True):
        """LeakSanitizer cannot look into a process that hides its memory; the unit tests look for leaks."""
        began = time.time_ns() // 1_000_000
        if "engine" in self.processes:
            engine = self.processes["engine"].start()
        else:
            engine = self.start_process("engine", [IOC, "run", "--verbose", "--node", "engine-1", city], {"ASAN_OPTIONS": "detect_leaks=0"})
        if is_ready:
            self.wait_engine(began)
        return engine

    def wait_engine(self, began=0):
        def is_up():
            engine, beat = self.processes["engine"], self.heartbeat()
            assert engine.is_running(), f"ioc run ended with {engine.stop()}:\n{engine.tail()}"
            return beat.get("started", -1) >= began and all(source["state"] == "up" for source in beat["sources"])
        eventually(is_up, "the engine's heartbeat says that its sources are up", 30)

    def start_wall(self, city="city.yaml"):
        self.start_process("wall", [IOC, "wall", city], {"ASAN_OPTIONS": "detect_leaks=0"})
        eventually(lambda: self.wall_url(), "the gateway prints its URL")

    def wall_url(self):
        urls = re.findall(r"^http://\S+", self.processes["wall"].text(), re.MULTILINE)
        return urls[-1] if urls else None

    def browser(self, name="lan"):
        """Each link works once; the next one is printed when it is used."""
        link = self.wall_url()
        browser = wall.Browser(link, name)
        eventually(lambda: self.wall_url() != link, "the gateway prints the next URL")
        return browser

    # -- what can be seen

    def heartbeat(self, node="engine-1"):
        try:
            client = self.redis()
            beat = client.call("GET", f"{self.prefix}hb:{node}")
            client.close()
        except (OSError, resp.Refused):
            return {}
        return json.loads(beat) if beat else {}

    def get(self, path, port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.metrics_port, timeout=10)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, body

    def metrics(self):
        status, page = self.get("/metrics")
        assert status == 200, status
        return parse_metrics(page)

    def count(self, name):
        """The sum of a counter over its labels, or one sample when `name` has labels."""
        return sum(value for sample, value in self.metrics().items() if sample == name or sample.startswith(name + "{"))

    def alerts(self, redis, rule=None, key=None):
        found = [redis.hash(name) for name in redis.scan(f"{self.prefix}a:*")]
        return [alert for alert in found if (not rule or alert["rule"] == rule) and (not key or alert["key"] == key)]

    def tails(self, lines=40):
        return "\n".join(process.tail(lines) for process in self.processes.values())

    # -- the end

    def close(self):
        for client in self.clients:
            client.close()
        failures = []
        for name in ("wall", "engine", "mosquitto", "redis"):
            process = self.processes.get(name)
            if process and process.child:
                try:
                    process.tell(signal.SIGCONT)
                    process.stop()
                except (AssertionError, ProcessLookupError) as failure:
                    failures.append(str(failure))
        for name in ("wall", "engine"):
            if name in self.processes:
                found = re.search(r".*(AddressSanitizer|runtime error:|ThreadSanitizer|Assertion).*", self.processes[name].text())
                if found:
                    failures.append(f"{name}: {found.group(0)}\n{self.processes[name].tail(80)}")
        if not os.environ.get("IOC_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)
        assert not failures, "\n".join(failures)


class Result(unittest.TextTestResult):
    """Shows the servers' logs under a failure."""

    def _tell(self, test):
        world = getattr(test, "world", None)
        if world:
            self.stream.writeln(f"\n{world.tails()}\n")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._tell(test)

    def addError(self, test, err):
        super().addError(test, err)
        self._tell(test)


def main():
    missing = [tool for tool in ("redis-server", "mosquitto", "mosquitto_passwd") if not shutil.which(tool)]
    if missing:
        print(f"skipped: {', '.join(missing)} not found")
        sys.exit(77)
    unittest.main(verbosity=2, testRunner=unittest.TextTestRunner(resultclass=Result, stream=sys.stdout, verbosity=2))
