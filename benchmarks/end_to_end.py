#!/usr/bin/env python3
"""benchmarks/end_to_end.py — the engine between a real Mosquitto and a real Redis: throughput, latency, idle cost.

    end_to_end.py BUILD throughput [--count N] [--repeat R] [--rate MSG_S]
    end_to_end.py BUILD latency    [--seconds S] [--repeat R] [--rate MSG_S]
    end_to_end.py BUILD idle       [--seconds S] [--keys N ...]

Figures of a run are comparable with each other only: repetitions of both sides alternate (A/B/A/B), each is printed.
"machine stalled": the share of the time in which some program here waited for a CPU (/proc/pressure/cpu), ours included.
"""
import argparse
import json
import os
import statistics
import sys
import time

from servers import Servers, cpu_seconds, resident_bytes, stalled_seconds, wait_for

KEYS, WINDOW, EVERY = 1000, 4000, 100  # of the flood: one reading in 100 is over the limit
TOPIC = "city/street_depth/+"


def median(rows, name):
    return statistics.median(row[name] for row in rows)


class Meter:
    """CPU of some processes between two moments, and how busy the machine was with whatever else."""

    def __init__(self, **processes):
        self.pids = {name: process.pid for name, process in processes.items()}
        self.before = {name: cpu_seconds(pid) for name, pid in self.pids.items()}
        self.began, self.stalled = time.monotonic(), stalled_seconds()

    def per_message(self, count):
        return {name + "_us": (cpu_seconds(pid) - self.before[name]) * 1e6 / count for name, pid in self.pids.items()}


    def stall(self):
        return (stalled_seconds() - self.stalled) / (time.monotonic() - self.began) * 100


def flood(servers, count, rate):
    before = os.times()
    code, lines = servers.tool("flood", servers.mqtt, count, KEYS, WINDOW, rate, EVERY)
    after = os.times()
    if code:
        raise SystemExit("flood failed")
    told = json.loads(lines[-1])
    assert told["acknowledged"] == count
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return told, used * 1e6 / count


def run_bare(servers, count, rate):
    process = servers.start(str(servers.build / "benchmarks/bare_subscriber"), str(servers.mqtt), TOPIC, str(count))
    wait_for(lambda: "ready" in process.log.read_text(), "the bare subscriber has subscribed")
    meter = Meter(subscriber=process, broker=servers.broker)
    told, publisher = flood(servers, count, rate)
    line = wait_for(lambda: [text for text in process.log.read_text().splitlines() if "last" in text],
                    f"{count} messages at the bare subscriber", 120)
    row = {"stall": meter.stall(), **meter.per_message(count)}
    servers.stop(process)
    seconds = (json.loads(line[0])["last"] - told["began"]) / 1e9
    return {"rate": count / seconds, "publisher_us": publisher, **row}


def run_engine(servers, count, rate):
    process = servers.engine()
    start, handed = servers.admitted(), servers.metric("ioc_events_total")
    meter = Meter(subscriber=process, broker=servers.broker, redis=servers.store)
    told, publisher = flood(servers, count, rate)
    # What shards admitted is told four times a second only; what was handed to them, at once.
    wait_for(lambda: servers.metric("ioc_events_total") - handed >= count, f"{count} messages handed to the shards", 120)
    last = time.time_ns()
    row = {"stall": meter.stall(), **meter.per_message(count)}
    time.sleep(1)
    row.update(lost=count - (servers.admitted() - start), dead=servers.metric("ioc_deadletters_total"),
               dropped=servers.metric("ioc_dropped_total"), raised=servers.metric("ioc_alerts_raised_total"))
    servers.stop(process)
    return {"rate": count / ((last - told["began"]) / 1e9), "publisher_us": publisher, **row}


def throughput(arguments):
    rows = {"bare": [], "engine": []}
    print(f"# {arguments.count} messages of QoS 1, 200 bytes, {KEYS} keys, window {WINDOW}, "
          f"{'rate ' + str(arguments.rate) + '/s' if arguments.rate else 'as fast as they go'}; CPU in us/message (user + system)")
    with Servers(arguments.build) as servers:
        for number in range(arguments.repeat):
            for name, run in (("bare", run_bare), ("engine", run_engine)):
                row = run(servers, arguments.count, arguments.rate)
                rows[name].append(row)
                print(f"throughput {number + 1} {name:6}  {row['rate']:8.0f} msg/s  subscriber {row['subscriber_us']:5.1f}  "
                      f"broker {row['broker_us']:5.1f}  publisher {row['publisher_us']:4.1f}  machine stalled {row['stall']:2.0f} %"
                      + (f"  redis {row['redis_us']:4.1f}  lost {row['lost']} dead {row['dead']} dropped {row['dropped']}"
                         f" raised {row['raised']}" if name == "engine" else ""), flush=True)
    pairs = [engine["rate"] / bare["rate"] for bare, engine in zip(rows["bare"], rows["engine"])]
    print(f"throughput median  bare {median(rows['bare'], 'rate'):.0f} msg/s {median(rows['bare'], 'subscriber_us'):.1f} us,  "
          f"engine {median(rows['engine'], 'rate'):.0f} msg/s {median(rows['engine'], 'subscriber_us'):.1f} us")
    print(f"throughput ratio engine/bare  {statistics.median(pairs):.2f} (each pair: {' '.join(f'{p:.2f}' for p in pairs)})  "
          f"CPU ratio {median(rows['engine'], 'subscriber_us') / median(rows['bare'], 'subscriber_us'):.2f}")
    return 1 if any(row["lost"] or row["dead"] or row["dropped"] for row in rows["engine"]) else 0


def latency(arguments):
    code = 0
    print(f"# open loop, {arguments.rate} msg/s for {arguments.seconds} s, 2000 keys, each 20th message raises or ends an alert")
    with Servers(arguments.build) as servers:
        for number in range(arguments.repeat):
            process = servers.engine(limit="100")
            gateway, cookie = servers.gateway()
            meter = Meter(engine=process, gateway=gateway, redis=servers.store, broker=servers.broker)
            failed, lines = servers.tool("latency", servers.mqtt, servers.redis, "bench", arguments.rate, arguments.seconds,
                                         2000, 20, servers.wall, cookie)
            code |= failed
            for line in lines:
                row = json.loads(line)
                print(f"latency {number + 1} {row['what']:10}  " + (
                    f"p50 {row['p50_ms']:7.2f}  p90 {row['p90_ms']:7.2f}  p99 {row['p99_ms']:7.2f}  max {row['max_ms']:7.2f} ms"
                    f"  ({row['count']}" + (f" of {row['expected']})" if row["expected"] else ")")
                    if row["count"] else f"nothing of {row['expected']}"), flush=True)
            used = meter.per_message(arguments.rate * arguments.seconds)
            print(f"latency {number + 1} CPU us/message  " + "  ".join(f"{name[:-3]} {value:.1f}" for name, value in used.items())
                  + f"  machine stalled {meter.stall():.0f} %", flush=True)
            servers.stop(gateway)
            servers.stop(process)
    return code


def idle(arguments):
    with Servers(arguments.build) as servers:
        for keys in arguments.keys:
            process = servers.engine(keys=max(keys * 2, 1000))
            fresh = resident_bytes(process.pid)
            code, _ = servers.tool("flood", servers.mqtt, keys, keys, 1000, 5000, 0)
            wait_for(lambda: servers.metric("ioc_keys") >= keys, f"{keys} keys are known")
            time.sleep(3)  # the last values are written, the buffers at rest
            before, began = cpu_seconds(process.pid), time.monotonic()
            threads = {name: ticks for name, ticks in thread_ticks(process.pid)}
            time.sleep(arguments.seconds)
            used = (cpu_seconds(process.pid) - before) / (time.monotonic() - began)
            print(f"idle {keys:6} keys  {used * 100:.2f} % of a core over {arguments.seconds} s  "
                  f"RSS {resident_bytes(process.pid) / 1e6:.1f} MB (fresh {fresh / 1e6:.1f})", flush=True)
            for name, ticks in thread_ticks(process.pid):
                if ticks > threads.get(name, 0):
                    print(f"idle {keys:6} keys    {name:24} {(ticks - threads.get(name, 0)) / arguments.seconds:.2f} %")
            servers.stop(process)
            if code:
                return 1
    return 0


def thread_ticks(pid):
    for task in sorted(os.listdir(f"/proc/{pid}/task")):
        with open(f"/proc/{pid}/task/{task}/stat") as file:
            before, after = file.read().rsplit(")", 1)
        fields = after.split()
        yield before.split("(", 1)[1] + " " + task, int(fields[11]) + int(fields[12])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    commands = parser.add_subparsers(required=True)
    for name, run, defaults in (("throughput", throughput, {"count": 200000, "repeat": 11, "rate": 0}),
                                ("latency", latency, {"seconds": 30, "repeat": 3, "rate": 2000}),
                                ("idle", idle, {"seconds": 20})):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        for option, value in defaults.items():
            command.add_argument("--" + option, type=int, default=value)
        if name == "idle":
            command.add_argument("--keys", type=int, nargs="+", default=[400, 10000])
    arguments = parser.parse_args()
    sys.exit(arguments.run(arguments))


if __name__ == "__main__":
    main()
