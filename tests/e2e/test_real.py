"""tests/e2e/test_real.py — what cities really measured, through the engine: the alerts that the data contains, exactly.

Traffic of Aarhus and Saint Paul, river gages of Maryland and the dust of Beijing are published as their services
publish them, in order of event time, as fast as the broker acknowledges.  Which alerts must come of it is worked out
from the files by lib/oracle.py and compared with every transition in Redis.
"""
import collections
import csv
import datetime
import heapq
import json
import sys
import time
import unittest
import zoneinfo

from lib import oracle
from lib.oracle import CRITICAL, MAJOR, MINOR, MISSING, WARNING, Rule
from lib.world import HERE, SHARED, World, eventually, main

SERIES = SHARED / "data/timeseries"
MINUTE, HOUR = 60_000, 3_600_000
MILE = 1.609344
NAB = {"speed": ["6005", "7578", "t4013"], "occupancy": ["6005", "t4013"], "TravelTime": ["387", "451"]}


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def moment(text, zone):
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone)).timestamp() * 1000)


class Feed:
    """Messages to publish, and per stream and key the readings that they are."""

    def __init__(self):
        self.messages = []  # (time of the first reading in ms, topic, payload), by series in order
        self.readings = collections.defaultdict(list)  # (stream, key) → [(time, value)]
        self.add_aarhus()
        self.add_nab()
        self.add_usgs()
        self.add_air()

    def add(self, series, stream, key, at, topic, message, value):
        series.append((at, topic, json.dumps(message)))
        self.readings[stream, key].append((at, value))

    def add_aarhus(self):
        self.points = {row["REPORT_ID"]: row for row in rows(SERIES / "aarhus/points_metadata.csv")}
        series = []
        for row in sorted(rows(SERIES / "aarhus/realtime_traffic_2024-03-22.csv"), key=lambda row: row["TIMESTAMP"]):
            self.add(series, "passage", row["REPORT_ID"], moment(row["TIMESTAMP"], "Europe/Copenhagen"), "city/aarhus/traffic", row,
                     (row["REPORT_ID"], int(row["vehicleCount"]), float(row["avgSpeed"]), float(row["avgMeasuredTime"])))
        self.aarhus = series
        self.messages.append(series)

    def add_nab(self):
        streams = {"speed": ("speed", MILE), "occupancy": ("occupancy", 1), "TravelTime": ("travel", 1)}
        for kind, sensors in NAB.items():
            for sensor in sensors:
                series = []
                for row in rows(SERIES / f"nab/realTraffic/{kind}_{sensor}.csv"):
                    stream, factor = streams[kind]
                    self.add(series, stream, sensor, moment(row["timestamp"], "America/Chicago"), f"city/mndot/{kind}/{sensor}", row,
                             float(row["value"]) * factor)
                self.messages.append(series)

    def add_usgs(self):
        with open(SERIES / "usgs/waterservices_iv.txt", encoding="utf-8") as file:
            answer = json.load(file)
        for series in answer["value"]["timeSeries"]:
            site, parameter = series["name"].split(":")[1:3]
            if parameter != "00065":
                continue
            values = [value for value in series["values"][0]["value"] if float(value["value"]) != -999999]
            times = [int(datetime.datetime.fromisoformat(value["dateTime"]).timestamp() * 1000) for value in values]
            self.readings["stage", site] = [(at, float(value["value"]) * 0.3048) for at, value in zip(times, values)]
            self.messages.append([(times[0], f"city/usgs/{site}/00065", json.dumps(series))])

    def add_air(self):
        series = []
        for row in rows(SERIES / "uci_pm25/PRSA_data_2010.1.1-2014.12.31.csv"):
            text = f"{row['year']}-{int(row['month']):02}-{int(row['day']):02} {int(row['hour']):02}:00:00"
            self.add(series, "air", "beijing", moment(text, "Asia/Shanghai"), "city/air/beijing", {"time": text, **row},
                     MISSING if row["pm2.5"] == "NA" else float(row["pm2.5"]))
        self.messages.append(series)

    def in_order(self):
        return heapq.merge(*self.messages, key=lambda message: message[0])

    def events(self):
        return sum(map(len, self.readings.values()))


def rules(feed):
    """The rules of real/rules/*.yaml, as the oracle understands them: stream, rule id → Rule of a key."""
    def signed(key):
        return float(feed.points[key]["NDT_IN_KMH"]) if key in feed.points else 50.0

    def usual(key):
        return float(feed.points[key]["DURATION_IN_SEC"]) if key in feed.points else 60.0
    typical = {"387": 201.0}
    dust = {CRITICAL: 250.5, MAJOR: 150.5, MINOR: 75.5, WARNING: 35.5}
    slow = {CRITICAL: 30, MAJOR: 55, MINOR: 80}

    def below(limit):
        return lambda value: value < limit

    def above(limit):
        return lambda value: value > limit
    return {
        ("passage", "traffic/congestion"): lambda key: Rule(
            {MAJOR: lambda value: value[2] < signed(key) * 0.5, MINOR: lambda value: value[2] < signed(key) * 0.7}, where=lambda value: value[1] > 0),
        ("passage", "traffic/delay"): lambda key: Rule({MINOR: lambda value: value[1] >= 2 and value[3] > usual(key) * 1.5}),
        ("speed", "traffic/slow"): lambda key: Rule(
            {rung: below(limit) for rung, limit in slow.items()}, stay={rung: below(limit + 5) for rung, limit in slow.items()},
            hold=10 * MINUTE, readings=2, clear=above(95), clear_hold=15 * MINUTE, stale_after=20 * MINUTE),
        ("occupancy", "traffic/dense"): lambda key: Rule(
            {WARNING: above(15)}, hold=12 * MINUTE, clear_hold=7 * MINUTE, silence="clear", stale_after=2 * HOUR),
        ("travel", "traffic/jam"): lambda key: Rule({MAJOR: above(typical.get(key, 200.0) * 2)}, readings=2),
        ("stage", "water/stage"): lambda key: Rule({MAJOR: above(1.965), MINOR: above(0.95)}, readings=2, stale_after=HOUR),
        ("air", "air/dust"): lambda key: Rule(
            {rung: above(limit) for rung, limit in dust.items()}, stay={rung: above(limit - 10) for rung, limit in dust.items()},
            hold=3 * HOUR, readings=3, clear_hold=2 * HOUR, ack="on_raise", stale_after=3 * HOUR),
        ("air", "air/peak"): lambda key: Rule({MINOR: above(300)}, on_missing="clear", stale_after=3 * HOUR),
        ("air", "air/blind"): lambda key: Rule({WARNING: below(0)}, on_missing="raise", readings=4, stale_after=3 * HOUR),
    }


class RealTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.feed = Feed()
        cls.world = World("real", HERE / "real")
        cls.addClassCleanup(cls.world.close)
        cls.write_points()
        cls.world.start_redis()
        cls.world.start_mosquitto()
        cls.world.start_engine()
        cls.redis = cls.world.redis()
        cls.publish()
        cls.found = cls.transitions()

    @classmethod
    def write_points(cls):
        """Only the head is changed: name and position are called as the table wants them."""
        head, _, body = (SERIES / "aarhus/points_metadata.csv").read_text(encoding="utf-8").partition("\n")
        for old, new in (("REPORT_NAME", "name"), ("POINT_1_LAT", "lat"), ("POINT_1_LNG", "lon")):
            assert head.split(",").count(old) == 1, old
            head = ",".join(new if column == old else column for column in head.split(","))
        (cls.world.directory / "points.csv").write_text(head + "\n" + body, encoding="utf-8")

    @classmethod
    def publish(cls):
        client, began, count = cls.world.devices(), time.monotonic(), 0
        for _, topic, payload in cls.feed.in_order():
            client.publish(topic, payload)
            count += 1
        for _, topic, payload in cls.feed.aarhus:  # the service repeats its last answer: every row is known
            client.publish(topic, payload)
            count += 1
        client.drain()
        eventually(lambda: cls.world.metrics()['ioc_messages_total{source="services"}'] == count, "all messages are taken in", 60)
        eventually(lambda: cls.world.count("ioc_events_admitted_total") >= cls.feed.events(), "all readings are admitted", 60)
        eventually(lambda: cls.world.heartbeat()["queued"] == 0, "all transitions are in Redis")
        print(f"    {count} messages, {cls.feed.events()} readings in {time.monotonic() - began:.1f} s", file=sys.stdout)

    @classmethod
    def transitions(cls):
        found = collections.defaultdict(list)
        count = cls.world.count("ioc_transitions_total")
        eventually(lambda: cls.redis.call("XLEN", f"{cls.world.prefix}alerts") >= count, "the stream holds every transition")
        for _, fields in cls.redis.stream(f"{cls.world.prefix}alerts"):
            body = json.loads(fields["body"])
            found[body["rule"], body["key"]].append(body)
        return found

    def expected(self, stream, rule):
        make = rules(self.feed)[stream, rule]
        judged = {key: oracle.judge(make(key), readings) for (name, key), readings in self.feed.readings.items() if name == stream}
        return {key: transitions for key, transitions in judged.items() if transitions}

    def compare(self, stream, rule):
        """All transitions of a rule: times, states, severities, doubt and causes, in order; → those expected."""
        expected = self.expected(stream, rule)
        self.assertEqual({key for name, key in self.found if name == rule}, set(expected))
        for key, transitions in expected.items():
            found = [(body["key_time"], body["from"], body["state"], body["sev"], "doubtful" in body.get("flags", []), body["cause"])
                     for body in self.found[rule, key]]
            for place, (seen, wanted) in enumerate(zip(found, transitions)):
                if seen != wanted:
                    self.fail(f"{rule} of {key}, transition {place}: {seen} instead of {wanted}; "
                              f"before {transitions[max(0, place - 2):place]}, then {found[place + 1:place + 3]} instead of {transitions[place + 1:place + 3]}")
            self.assertEqual(len(found), len(transitions), f"{rule} of {key}")
            self.assert_lives_are_whole(self.found[rule, key])
        count = sum(map(len, expected.values()))
        raised = sum(1 for transitions in expected.values() for t in transitions if t[2] == "UNACK" and t[1] != "UNACK")
        print(f"    {rule}: {len(expected)} keys, {raised} times raised, {count} transitions", file=sys.stdout)
        return expected

    def assert_lives_are_whole(self, bodies):
        """Each alert: seq from 1 without gaps, one onset, not raised before it, and over when the next one begins."""
        lives = collections.OrderedDict()
        for body in bodies:
            lives.setdefault(body["id"], []).append(body)
        for place, life in enumerate(lives.values()):
            self.assertEqual([body["seq"] for body in life], list(range(1, len(life) + 1)))
            self.assertEqual(len({body["onset"] for body in life}), 1)
            if place < len(lives) - 1:
                self.assertEqual(life[-1]["state"], "NORM")
        self.assertEqual([body["id"] for body in bodies], [id for id, life in lives.items() for _ in life], "one after the other")

    # -- what the data contains

    def test_congestion_and_delay_in_aarhus(self):
        congestion = self.compare("passage", "traffic/congestion")
        self.assertGreaterEqual(len(congestion), 5)
        self.assertIn(MAJOR, {t[3] for transitions in congestion.values() for t in transitions})
        self.assertGreaterEqual(len(self.compare("passage", "traffic/delay")), 2)
        for key in congestion:
            row, body = self.feed.points[key], self.found["traffic/congestion", key][0]
            self.assertTrue(body["message"]["en"].startswith(row["REPORT_NAME"].strip() + ": "), body["message"])
            self.assertEqual(body["values"]["signed"], float(row["NDT_IN_KMH"]))
            self.assertEqual((body["x"], body["y"]), (float(row["POINT_1_LNG"]), float(row["POINT_1_LAT"])))

    def test_every_stretch_of_aarhus_stands_where_it_is(self):
        registry = {id: json.loads(item) for id, item in self.redis.hash(f"{self.world.prefix}reg").items()}
        stretches = {id.removeprefix("passage:"): item for id, item in registry.items() if id.startswith("passage:")}
        self.assertEqual(set(stretches), {key for stream, key in self.feed.readings if stream == "passage"})
        for key, item in stretches.items():
            row = self.feed.points[key]
            self.assertEqual((item["name"], item["x"], item["y"]), (row["REPORT_NAME"].strip(), float(row["POINT_1_LNG"]), float(row["POINT_1_LAT"])))
            speed = self.feed.readings["passage", key][-1][1][2]
            self.assertEqual(float(self.redis.call("HGET", f"{self.world.prefix}e:passage:{key}", "v")), speed)

    def test_slow_traffic_in_saint_paul(self):
        expected = self.compare("speed", "traffic/slow")
        self.assertEqual(set(expected), set(NAB["speed"]))
        seen = {t[3] for transitions in expected.values() for t in transitions}
        self.assertEqual(seen, {MINOR, MAJOR, CRITICAL})
        causes = {t[5] for transitions in expected.values() for t in transitions}
        self.assertLessEqual({"event", "timer", "worse", "better", "silence"}, causes)

    def test_dense_traffic_in_saint_paul(self):
        expected = self.compare("occupancy", "traffic/dense")
        self.assertTrue(any(t[2] == "UNACK" and t[5] == "timer" for transitions in expected.values() for t in transitions))

    def test_jams_in_saint_paul(self):
        expected = self.compare("travel", "traffic/jam")
        self.assertEqual(set(expected), set(NAB["TravelTime"]))
        self.assertTrue(any(t[1:3] == ("RTNUN", "UNACK") for transitions in expected.values() for t in transitions))
        for key in expected:  # nobody acknowledges: it returns and comes back under one id, and counts
            returning = [body for body in self.found["traffic/jam", key] if body["count"] > 1]
            self.assertEqual(len({body["id"] for body in returning}), 1)
            self.assertEqual(returning[-1]["count"], sum(1 for t in expected[key] if t[2] == "UNACK"))

    def test_the_stage_of_two_rivers(self):
        expected = self.compare("stage", "water/stage")
        self.assertEqual(set(expected), {"01491000", "01645000"})
        self.assertEqual({transitions[-1][3] for transitions in expected.values()}, {MINOR})
        worst = {key: max(t[3] for t in transitions) for key, transitions in expected.items()}
        self.assertEqual(worst, {"01491000": MAJOR, "01645000": MINOR})

    def test_the_dust_of_beijing(self):
        dust = self.compare("air", "air/dust")["beijing"]
        self.assertEqual({t[3] for t in dust}, {WARNING, MINOR, MAJOR, CRITICAL})
        peak = self.compare("air", "air/peak")["beijing"]
        self.assertIn("missing", {t[5] for t in peak})
        self.compare("air", "air/blind")

    def test_every_message_is_accounted_for(self):
        metrics = self.world.metrics()
        self.assertEqual(self.world.count("ioc_events_admitted_total"), self.feed.events())
        reasons = {reason: sum(value for sample, value in metrics.items()
                               if sample.startswith("ioc_events_not_judged_total{") and f'reason="{reason}"' in sample)
                   for reason in ("duplicate", "late", "out-of-order")}
        self.assertEqual(reasons, {"duplicate": len(self.feed.aarhus), "late": 0, "out-of-order": 0})
        self.assertEqual(self.world.heartbeat()["sources"][0]["dead"], 0)
        self.assertEqual(self.world.count("ioc_bad_values_total"), 0)
        known = {rule for _, rule in rules(self.feed)}
        self.assertEqual({rule for rule, _ in self.found} - known, set(), "no alert of another rule")


if __name__ == "__main__":
    if not SERIES.is_dir():
        print(f"skipped: {SERIES} is not there")
        sys.exit(77)
    main()
