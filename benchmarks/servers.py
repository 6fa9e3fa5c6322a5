"""benchmarks/servers.py — a real Mosquitto, a real Redis and the engine, on free loopback ports, in a directory of their own.

Mosquitto is set up as the operations manual asks for: with its defaults it drops QoS 1 messages silently when a
subscriber falls 1000 behind (max_queued_messages).
"""
import ctypes
import http.client
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TICKS = 100  # of /proc/<pid>/stat a second (USER_HZ)
PR_SET_PDEATHSIG = 1

MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 1000000
max_queued_bytes 0
max_inflight_messages 1000
persistence true
persistence_location {directory}/
"""
CITY = """site: bench
timezone: Asia/Ho_Chi_Minh
state: state
limits: {{keys: {keys}}}
streams:
  street_depth:
    key: station
    identity: {{topic_level: 2}}
    time: {{field: observed_at, lateness: 30s, max_future: 2m}}
    interval: {interval}
    live: {{field: depth_cm, kind: street-depth}}
    fields:
      station: string
      observed_at: timestamp
      depth_cm: {{type: double, unit: cm, decimals: 1}}
      rain_mm: {{type: double, unit: mm, optional: true}}
      battery: {{type: double, optional: true}}
      status: {{type: string, optional: true}}
      position: {{type: point, optional: true}}
sources:
- name: sensors
  kind: mqtt
  url: mqtt://127.0.0.1:{mqtt}
  session: clean
  subscribe:
  - topic: city/street_depth/+
    qos: 1
    stream: street_depth
    fields:
      station: /station
      observed_at: {{pointer: /ts, time: epoch_ms}}
      depth_cm: {{pointer: /depth, unit: cm}}
      rain_mm: /rain
      battery: /battery
      status: /status
      position: {{latitude: /position/lat, longitude: /position/lon}}
sinks:
- {{name: redis, kind: redis, address: 127.0.0.1:{redis}}}
rules: [rules.yaml]
listen: 127.0.0.1:{metrics}
wall: {{listen: 127.0.0.1:{wall}, gate: wall, key: {{file: gate.key}}, address: 127.0.0.1:{redis}, page: {root}/sinks/wall/page}}
"""
RULES = """owner: drainage
rules:
- id: deep
  title: {{vi: "Ngập đường", en: "Street flooding"}}
  on: street_depth
  when: event.depth_cm > {limit}
  severity: minor
  ack: none
  message: {{vi: "Nước ngập ${{event.depth_cm}}", en: "${{event.depth_cm}} of water"}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_us():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_for(question, what, timeout=20.0, pause=0.02):
    until = time.monotonic() + timeout
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > until:
            raise SystemExit(f"not within {timeout} s: {what}")
        time.sleep(pause)


def cpu_seconds(pid):
    """User and system time of a process and all of its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("the process is gone")


def stalled_seconds():
    """How long, since boot, some program of this machine was waiting for a CPU (0 where the kernel does not say)."""
    try:
        return int(re.search(r"some .*total=(\d+)", pathlib.Path("/proc/pressure/cpu").read_text()).group(1)) / 1e6
    except OSError:
        return 0.0


class Servers:
    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.scratch = tempfile.TemporaryDirectory(prefix="ioc-bench-")
        self.directory = pathlib.Path(self.scratch.name)
        self.mqtt, self.redis, self.metrics, self.wall = (free_port() for _ in range(4))
        self.processes = []
        (self.directory / "gate.key").write_text(secrets.token_hex(32) + "\n")
        (self.directory / "gate.key").chmod(0o600)
        (self.directory / "mosquitto.conf").write_text(MOSQUITTO.format(port=self.mqtt, directory=self.directory))
        self.broker = self.start("mosquitto", "-c", str(self.directory / "mosquitto.conf"))
        self.store = self.start("redis-server", "--port", str(self.redis), "--bind", "127.0.0.1", "--save", "",
                                "--appendonly", "no", "--dir", str(self.directory))
        for port in (self.mqtt, self.redis):
            wait_for(lambda: self.answers(port), f"a server on port {port}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            self.stop(process)
        self.scratch.cleanup()

    @staticmethod
    def answers(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def start(self, *words):
        log = open(self.directory / f"{pathlib.Path(words[0]).name}-{len(self.processes)}.log", "w+")
        process = subprocess.Popen(words, cwd=self.directory, stdout=log, stderr=subprocess.STDOUT, preexec_fn=die_with_us)
        process.log = pathlib.Path(log.name)
        self.processes.append(process)
        return process

    def stop(self, process):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = [one for one in self.processes if one is not process]

    def tool(self, name, *words, timeout=600):
        """One of our load generators, to its end: (exit code, its lines)."""
        done = subprocess.run([str(self.build / "benchmarks" / name), *map(str, words)], stdout=subprocess.PIPE, text=True,
                              timeout=timeout, preexec_fn=die_with_us)
        return done.returncode, done.stdout.splitlines()

    # -- the engine

    def engine(self, keys=20000, interval="10m", limit="50"):
        places = {"keys": keys, "interval": interval, "mqtt": self.mqtt, "redis": self.redis, "metrics": self.metrics,
                  "wall": self.wall, "root": ROOT}
        (self.directory / "city.yaml").write_text(CITY.format(**places))
        (self.directory / "rules.yaml").write_text(RULES.format(limit=limit))
        process = self.start(str(self.build / "ioc"), "run", "city.yaml")
        wait_for(lambda: self.flag(process, "ingest.mqtt") and self.flag(process, "sinks.redis"), "the engine is connected")
        seen = before = self.admitted()
        while seen == before or seen != self.admitted():  # until the subscription holds and no probe is on its way
            if seen == before:
                self.tool("flood", self.mqtt, 1, 1, 1, 0, 0)
            seen = self.admitted()
            time.sleep(0.3)
        return process

    def flag(self, process, room):
        if process.poll() is not None:
            raise SystemExit("the engine has ended:\n" + process.log.read_text())
        return re.search(rf"{room} .*connected", process.log.read_text())

    def metric(self, name):
        """Sum over its labels."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics, timeout=10)
        try:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        except OSError:
            return 0
        finally:
            connection.close()
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in text.splitlines() if re.match(rf"{name}[ {{]", line))

    def admitted(self):
        return self.metric("ioc_events_admitted_total")

    def gateway(self):
        """The wall's process and a session's cookie."""
        process = self.start(str(self.build / "ioc"), "wall", "city.yaml")
        token = wait_for(lambda: re.search(r"/\?token=([0-9a-f]+)", process.log.read_text()), "the wall has its URL").group(1)
        connection = http.client.HTTPConnection("127.0.0.1", self.wall, timeout=10)
        connection.request("GET", f"/?token={token}")
        response = connection.getresponse()
        cookie = response.headers["Set-Cookie"].split(";")[0]
        connection.close()
        return process, cookie
