"""tests/e2e/test_weather.py — Redis and Mosquitto are killed under load and come back; nothing is lost or told twice.

The sensors' levels go 60, 25, 1, 60, …: each reading makes exactly one transition (raise, better, clear), so the
transition stream must be the list of all readings.  Before Mosquitto is killed the sensors hold their breath until
its database is written: it acknowledges before it saves, and what it loses in between is not ours to answer for.
"""
import collections
import json
import os
import shutil
import signal
import threading
import time
import unittest

from lib.world import HERE, World, eventually, main

LEVELS = ((60, "UNACK", 4), (25, "UNACK", 2), (1, "NORM", 2))
SENSORS, PERIOD = 20, 0.2


class Sensors(threading.Thread):
    """Publishes until it is stopped, whatever happens to the broker."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.client = world.devices("sensors")
        self.readings = {f"P{i:02}": [] for i in range(SENSORS)}  # key → [time in ms]
        self.may_run, self.is_paused, self.is_over = threading.Event(), threading.Event(), threading.Event()
        self.failure = None
        self.may_run.set()
        self.start()

    def is_at_the_end(self):
        """The last reading of all is a high one, so that there are alerts to look at."""
        return self.is_over.is_set() and len(self.readings["P00"]) % 3 == 1

    def run(self):
        try:
            while not self.is_at_the_end():
                if not self.may_run.is_set():
                    self.client.drain()
                    self.is_paused.set()
                    self.may_run.wait()
                    self.is_paused.clear()
                began = time.monotonic()
                for sensor, times in self.readings.items():
                    now = time.time_ns() // 1_000_000
                    number = len(times)
                    self.client.publish(f"city/pulse/{sensor}", json.dumps(
                        {"sensor": sensor, "ts": now, "id": f"{sensor}-{number}", "level": LEVELS[number % 3][0]}))
                    times.append(now)
                while (left := began + PERIOD - time.monotonic()) > 0:
                    self.client.listen(left)
            self.client.drain(60)
        except Exception as failure:  # shown by the test's thread
            self.failure = failure
        self.is_paused.set()

    def pause(self):
        self.may_run.clear()
        assert self.is_paused.wait(60), f"the sensors do not stop: {self.failure}"

    def resume(self):
        self.may_run.set()

    def finish(self):
        self.is_over.set()
        self.may_run.set()
        self.join(90)
        if self.failure:
            raise self.failure
        return sum(map(len, self.readings.values()))


class Mirror:
    """What a browser knows after a feed's events: values by index, alerts that are not normal."""

    def __init__(self, events):
        self.values, self.alerts, self.names, self.epoch, self.stale = {}, {}, {}, None, False
        for name, data, event_id in events:
            if name == "snapshot":
                self.values, self.alerts, self.names = {}, {}, {}
            if name in ("snapshot", "delta"):
                self.take(data)
                self.epoch, self.stale = event_id.split("/")[0], False
            elif name == "stale":
                self.stale = True

    def take(self, data):
        self.names.update({item["i"]: item["id"] for item in data.get("r", [])})
        self.values.update({entity[0]: entity[1:] for entity in data.get("e", [])})
        for alert in data.get("a", []):
            if alert["seq"] >= self.alerts.get(alert["id"], {"seq": 0})["seq"]:
                self.alerts[alert["id"]] = alert

    def active(self):
        return {id: (alert["seq"], alert["state"]) for id, alert in self.alerts.items() if alert["state"] not in ("NORM", "PEND")}


class WeatherTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.world = World("weather", HERE / "weather", autosave=True)
        cls.addClassCleanup(cls.world.close)
        cls.world.start_redis()
        cls.world.start_mosquitto()
        cls.world.start_engine()
        cls.world.start_wall()
        cls.browser = cls.world.browser()
        cls.feed = cls.browser.feed()
        cls.addClassCleanup(cls.feed.close)
        cls.processes = cls.world.processes

    def test_nothing_is_lost_or_told_twice_when_redis_and_the_broker_die_twice_each(self):
        sensors = Sensors(self.world)
        self.feed.wait(lambda name, data: name == "delta" and data.get("a"), "the first alert")
        time.sleep(2)
        self.kill_redis(2)
        time.sleep(2)
        self.kill_redis(2, forgotten=0.9)
        time.sleep(2)
        self.kill_broker(sensors, 14)
        time.sleep(2)
        self.kill_redis(3)
        time.sleep(2)
        self.kill_broker_with_a_backlog(sensors)
        time.sleep(2)
        published = sensors.finish()
        self.assert_all_arrived(published)
        self.assert_every_reading_is_one_transition(sensors.readings)
        self.assert_the_browser_knows_what_redis_knows()
        self.restart_redis_empty(sensors.readings)

    # -- what happens

    def kill_redis(self, seconds, forgotten=0):
        """forgotten: so many seconds of its append-only file are lost, as when the whole machine dies (appendfsync everysec)."""
        place = len(self.feed.events)
        aof = max((self.world.directory / "appendonlydir").glob("*.incr.aof"), key=lambda path: path.stat().st_mtime)
        size = aof.stat().st_size
        time.sleep(forgotten)
        self.processes["redis"].kill()
        if forgotten:
            self.assertGreater(aof.stat().st_size, size)
            os.truncate(aof, size)
        self.feed.wait(lambda name, _: name == "stale", "`stale`", since=place)
        eventually(lambda: self.world.count("ioc_redis_up") == 0, "the engine knows that Redis is gone")
        self.assertEqual(self.browser.request("GET", "/healthz")[0], 503)
        status, answer, _ = self.browser.command("note", "00" + "0" * 26, reason="nobody hears this")
        self.assertEqual((status, answer["error"]), (503, "no-redis"))
        time.sleep(seconds)
        place = len(self.feed.events)
        self.world.start_redis()
        self.feed.wait(lambda name, data: name in ("delta", "snapshot") and data.get("a"), "alerts after the break", since=place)
        self.feed.wait(lambda name, data: name == "health" and data["redis"] == "up" and data["engine"], "health with an engine", since=place)
        self.assertEqual(self.browser.request("GET", "/healthz")[0], 200)

    def kill_broker(self, sensors, seconds):
        """Longer away than the sensors' stale_after: without a clock that stands still all of them would be silent."""
        sensors.pause()
        self.settle()
        self.processes["mosquitto"].kill()
        sensors.resume()
        eventually(lambda: self.world.heartbeat()["sources"][0]["state"] != "up", "the heartbeat says that the source is gone")
        self.feed.wait(lambda name, data: name == "health" and any(
            source["state"] == "down" for engine in data["engine"] for source in engine["sources"]), "the wall is told that the source is down")
        eventually(lambda: self.redis_call("HGET", f"{self.world.prefix}e:pulse:P00", "q") == "3", "its entities are offline")
        time.sleep(seconds)
        log = self.processes["engine"].text()
        self.assertIn("source sensors is down: its keys' clocks stand still", log)
        self.come_back()

    def kill_broker_with_a_backlog(self, sensors):
        """The engine does not read for a while, so that the broker dies with messages that it still has to deliver."""
        self.processes["engine"].tell(signal.SIGSTOP)
        time.sleep(1)  # well below stale_after: an engine that does not run is no outage of the source
        sensors.pause()
        self.settle()
        self.processes["mosquitto"].kill()
        self.processes["engine"].tell(signal.SIGCONT)
        time.sleep(1)
        self.come_back()
        sensors.resume()

    def come_back(self):
        """A session that the broker kept: nothing that was published meanwhile is lost."""
        self.world.start_mosquitto()
        eventually(lambda: self.world.heartbeat()["sources"][0]["state"] == "up", "the source is up again", 45)

    def settle(self):
        """Mosquitto has written its database and has no more to write."""
        path = self.world.directory / "mosquitto.db"
        def is_quiet():
            return path.exists() and time.time() - path.stat().st_mtime > 0.5
        eventually(is_quiet, "Mosquitto's database is written")

    def redis_call(self, *words):
        client = self.world.redis()
        try:
            return client.call(*words)
        finally:
            client.close()

    # -- what must be true afterwards

    def assert_all_arrived(self, published):
        eventually(lambda: self.world.count("ioc_events_admitted_total") >= published, f"{published} readings are admitted", 60)
        time.sleep(0.5)
        metrics = self.world.metrics()
        admitted = self.world.count("ioc_events_admitted_total")
        not_judged = {sample: value for sample, value in metrics.items() if sample.startswith("ioc_events_not_judged_total{")}
        duplicates = sum(value for sample, value in not_judged.items() if 'reason="duplicate"' in sample)
        delivered = metrics['ioc_messages_total{source="sensors"}']
        print(f"    {published} published, {delivered:.0f} delivered, {admitted:.0f} admitted, {duplicates:.0f} duplicates")
        self.assertEqual(admitted, published)
        self.assertEqual(sum(not_judged.values()), duplicates, "none late, none out of order")
        self.assertEqual(delivered, admitted + duplicates, "every message is accounted for")
        self.assertEqual(self.world.heartbeat()["lost"], 0)
        self.assertEqual(self.world.heartbeat()["sources"][0]["dead"], 0)

    def assert_every_reading_is_one_transition(self, readings):
        redis = self.world.redis()
        self.addCleanup(redis.close)
        entries = eventually(lambda: self.all_transitions(redis, sum(map(len, readings.values()))), "all transitions are in Redis", 30)
        by_key, by_alert = collections.defaultdict(list), collections.defaultdict(list)
        for fields in entries:
            body = json.loads(fields["body"])
            by_key[body["key"]].append((body["key_time"], body["state"], body["sev"]))
            self.assertIn(body["cause"], ("event", "better"), f"our own outage is not the city's silence, nor its end: {body}")
            by_alert[fields["id"]].append(int(fields["seq"]))
        self.assertEqual(set(by_key), set(readings))
        for key, times in readings.items():
            expected = [(at, *LEVELS[i % 3][1:]) for i, at in enumerate(times)]
            surplus = collections.Counter(by_key[key])
            surplus.subtract(expected)
            self.assertEqual({transition: count for transition, count in surplus.items() if count}, {}, f"{key}: too many, too few")
        for alert, seqs in by_alert.items():
            self.assertEqual(seqs, list(range(1, len(seqs) + 1)), f"{alert}: each once, in order, without gaps")
        self.assertEqual(len(by_alert), sum((len(times) + 2) // 3 for times in readings.values()))

    def all_transitions(self, redis, count):
        entries = [fields for _, fields in redis.stream(f"{self.world.prefix}alerts")]
        return entries if len(entries) >= count else None

    def assert_the_browser_knows_what_redis_knows(self):
        redis = self.world.redis()
        self.addCleanup(redis.close)
        def difference():
            mirror = Mirror(list(self.feed.events))
            active = {id: redis.hash(f"{self.world.prefix}a:{id}") for id in redis.call("ZRANGE", f"{self.world.prefix}active", 0, -1)}
            known = {id: (int(alert["seq"]), alert["state"]) for id, alert in active.items()}
            values = {mirror.names[i]: (str(value[1]), str(value[0])) for i, value in mirror.values.items()}
            entities = {name: redis.hash(f"{self.world.prefix}e:{name}") for name in mirror.names.values()}
            stored = {name: (entity.get("v"), entity.get("s")) for name, entity in entities.items()}
            epoch = redis.call("HGET", f"{self.world.prefix}meta", "epoch")
            seen, there = (mirror.epoch, mirror.active(), values), (epoch, known, stored)
            if seen == there and not mirror.stale and len(values) == SENSORS:
                return None
            return f"seen on the wall {seen}, in Redis {there}, stale {mirror.stale}"
        self.assertTrue(self.redis_call("ZCARD", f"{self.world.prefix}active") > 0)
        until = time.monotonic() + 15
        while (found := difference()) and time.monotonic() < until:
            time.sleep(0.1)
        self.assertIsNone(found, "the feed adds up to what Redis holds")

    def restart_redis_empty(self, readings):
        redis = self.world.redis()
        epoch = redis.call("HGET", f"{self.world.prefix}meta", "epoch")
        active = set(redis.call("ZRANGE", f"{self.world.prefix}active", 0, -1))
        self.assertTrue(active)
        redis.close()
        self.processes["redis"].kill()
        shutil.rmtree(self.world.directory / "appendonlydir")
        place = len(self.feed.events)
        self.world.start_redis()
        redis = self.world.redis()
        self.addCleanup(redis.close)
        fresh = eventually(lambda: redis.call("HGET", f"{self.world.prefix}meta", "epoch"), "an epoch in the empty Redis")
        self.assertNotEqual(fresh, epoch)
        self.feed.wait(lambda name, data: name == "snapshot" and data["epoch"] == fresh, "a snapshot of the new epoch", since=place)
        eventually(lambda: set(redis.call("ZRANGE", f"{self.world.prefix}active", 0, -1)) == active, "all active alerts are there again, under their ids")
        eventually(lambda: len(redis.scan(f"{self.world.prefix}e:*")) == SENSORS, "all entities are there again")
        for key, times in readings.items():
            level = LEVELS[(len(times) - 1) % 3][0]
            self.assertEqual(redis.call("HMGET", f"{self.world.prefix}e:pulse:{key}", "v", "t"), [str(level), str(times[-1])])
        self.assert_the_browser_knows_what_redis_knows()


if __name__ == "__main__":
    main()
