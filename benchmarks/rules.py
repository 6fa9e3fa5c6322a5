#!/usr/bin/env python3
"""benchmarks/rules.py BUILD [--short | --once] [--write] — expressions and rules: the tables of "Issue 3" in RESULTS.md.

Runs bench_expression and bench_index some times, counts instructions (callgrind) and compares with other engines
(benchmarks/peers, when there is a Node), and prints what it found beside the goals; --write puts it into RESULTS.md
between its marks.  --once: one run of each instead of three; --short: few rules too.  Times are CPU times of one thread, the best of all runs, with the median of the runs.
"""
import datetime
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
MARKS = "<!-- benchmarks/rules.py writes from here -->\n", "<!-- to here -->\n"
EXPRESSION = re.compile(r"expression, (?P<name>.*?) +(?P<ns>[\d.]+) ns  in C +(?P<c>[\d.]+) ns  ratio [\d.]+  \((?P<us>\d+) us")
INDEX = re.compile(r"index (?P<mix>.), +(?P<rules>\d+) rules: +(?P<ns>\d+) ns/event, (?P<hits>[\d.]+) hits, "
                   r"(?P<chosen>[\d.]+) evaluated(?:; one by one +(?P<linear>\d+) ns/event)?; load (?P<load>\d+) ms, "
                   r"(?P<bytes>\d+) B/rule(?:; (?P<residual>[\d.]+) residual rules a stream)?")
MIXES = {"a": "50 streams", "b": "one stream", "c": "50 streams, 30 % residual"}


def run(*words, environment=None):
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stdout}")
    return done.stdout


def read(pattern, text):
    """[{name: number or text}] of all lines; a line that is not understood ends the program."""
    found = []
    for line in text.splitlines():
        match = pattern.match(line)
        if not match:
            raise SystemExit(f"not understood: {line}")
        found.append({name: value if value is None or not re.fullmatch(r"[\d.]+", value) else float(value)
                      for name, value in match.groupdict().items()})
    return found


def best(rows, name):
    return min(row[name] for row in rows)


def spread(rows, name, digits=0):
    """Best (median)."""
    return f"{best(rows, name):,.{digits}f} ({statistics.median(row[name] for row in rows):,.{digits}f})"


def measure_expressions(build, times):
    runs = [read(EXPRESSION, run(f"{build}/benchmarks/bench_expression")) for _ in range(times)]
    exact = [read(EXPRESSION, run(f"{build}/benchmarks/bench_expression", "--exact")) for _ in range(times)]
    rows = list(zip(*runs))
    print("| predicate, on an event of a declared stream | ns | the same in C, ns | ÷ C | without the quick machine, ns | "
          "first compiled in us |\n|---|---|---|---|---|---|")
    for same, slow in zip(rows, zip(*exact)):
        ratio = best(same, "ns") / best(same, "c")
        ratios = [row["ns"] / row["c"] for row in same]
        print(f"| {same[0]['name']} | {spread(same, 'ns', 1)} | {spread(same, 'c', 1)} "
              f"| {ratio:.1f} ({min(ratios):.1f}-{max(ratios):.1f}) | {spread(slow, 'ns', 1)} | {best(same, 'us'):.0f} |")
    return {same[0]["name"]: (best(same, "ns"), best(same, "ns") / best(same, "c")) for same in rows}


def measure_index(build, times, most):
    runs = [read(INDEX, run(f"{build}/benchmarks/bench_index", "--most", str(most))) for _ in range(times)]
    found = {}
    print("| set | rules | ns/event | M events/s of a core | hits/event | evaluated/event | one by one, ns/event | load, ms | "
          "B/rule | residual rules a stream |\n|---|---|---|---|---|---|---|---|---|---|")
    for same in zip(*runs):
        one = same[0]
        found[one["mix"], int(one["rules"])] = one | {"ns": best(same, "ns"), "load": best(same, "load")}
        linear = spread(same, "linear") if one["linear"] is not None else ""
        residual = f"{one['residual']:g}" if one["residual"] is not None else ""
        print(f"| {one['mix']}: {MIXES[one['mix']]} | {one['rules']:,.0f} | {spread(same, 'ns')} | {1e3 / best(same, 'ns'):.2g} "
              f"| {one['hits']:.2f} | {one['chosen']:.2f} | {linear} | {spread(same, 'load')} | {one['bytes']:,.0f} "
              f"| {residual} |")
    return found


def judge(expressions, index):
    """The goals of the issue; those that this run could see."""
    goals = []

    def goal(text, value, limit, unit):
        goals.append(f"| {text} | {limit:g} {unit} | {value:.1f} {unit} | {'yes' if value <= limit else '**no**'} |")

    ns, ratio = expressions["3 terms, selective"]
    goal("3-term predicate ÷ C behind a pointer", ratio, 3, "×")
    goal("fused path, 3 terms", ns, 10, "ns")
    goal("fused path, 3 numbers", expressions["3 numbers, all true"][0], 10, "ns")
    goal("(a) 1,000 rules", index["a", 1000]["ns"], 150, "ns/event")
    if ("a", 100000) in index:
        few, many = index["a", 1000], index["a", 100000]
        hits = f"{few['hits']:.2f} → {many['hits']:.2f} hits"
        goal(f"(a) growth from 1,000 to 100,000 rules ({hits})", many["ns"] / few["ns"], 3, "×")
    goal("(b) 1,000 rules", index["b", 1000]["ns"], 600, "ns/event")
    for rules in (1000, 10000, 100000):
        if ("c", rules) in index:
            more, residual = index["c", rules]["ns"] - index["a", rules]["ns"], index["c", rules]["residual"]
            goal(f"(c) {rules:,} rules: more than (a), for each of the 30 %", more / (0.3 * rules / 50), 15, "ns")
            goal(f"(c) the same for each with nothing to look up ({residual:g} a stream)", more / residual, 15, "ns")
    for mix in "abc":
        if (mix, 10000) in index:
            goal(f"({mix}) loading 10,000 rules", index[mix, 10000]["load"], 1000, "ms")
            goal(f"({mix}) memory a rule, of 10,000", index[mix, 10000]["bytes"], 2000, "B")
    print("| goal | at most | measured | met |\n|---|---|---|---|\n" + "\n".join(goals))


def stalled():
    """Microseconds since boot in which some program waited for a CPU."""
    try:
        return int(re.search(r"some .*total=(\d+)", pathlib.Path("/proc/pressure/cpu").read_text()).group(1))
    except OSError:
        return 0


def load():
    return pathlib.Path("/proc/loadavg").read_text().split(" ", 3)[:3]


def report(build, speed):
    times, most = 1 if speed else 3, 1000 if speed == ["--short"] else 100000
    start, waited, before = time.monotonic(), stalled(), load()
    cpu = re.search(r"^model name[^:]*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M).group(1)
    commit = run("git", "-C", str(HERE), "describe", "--always", "--dirty").strip()
    compiler = re.search(r"^CMAKE_C_COMPILER:\w+=(.*)$", pathlib.Path(build, "CMakeCache.txt").read_text(), re.M).group(1)
    now = datetime.datetime.now(datetime.timezone.utc)
    print(f"`benchmarks/rules.py` at commit {commit}, {now:%Y-%m-%d %H:%M}Z; {os.cpu_count()} × {cpu}, "
          f"Linux {os.uname().release}, {run(compiler, '--version').splitlines()[0]}.\n"
          f"CPU time of one thread, best (median) of {times} run{'s' if times > 1 else ''}, each the best of 5-7 tries.\n")
    print("### Predicates\n")
    expressions = measure_expressions(build, times)
    print("\n### Choosing and evaluating the rules of an event\n")
    index = measure_index(build, times, most)
    print("\n### Goals\n")
    judge(expressions, index)
    if shutil.which("valgrind"):
        print("\n### Instructions (callgrind; the same on a busy machine)\n")
        for word in ("bench_shard", "bench_index", "bench_expression"):
            rows = run(f"{HERE}/instructions", build, word).splitlines(True)
            print("".join(rows if word == "bench_shard" else rows[2:]), end="")
    print("\n### Other engines\n")
    if shutil.which("npm"):
        print(run(f"{HERE}/peers/run", *speed, environment={"BUILD": build}), end="")
    else:
        print("Not run: no npm here.")
    taken = time.monotonic() - start
    print(f"\nLoad average {' '.join(before)} at the start, {' '.join(load())} at the end of {taken / 60:.0f} minutes; "
          f"{(stalled() - waited) / taken / 1e4:.0f} % of the time some program waited for a CPU.")


class Tee:
    """Prints as it comes and keeps it."""

    def __init__(self):
        self.text, self.out = "", sys.stdout

    def write(self, text):
        self.text += text
        self.out.write(text)
        self.out.flush()

    def flush(self):
        self.out.flush()


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    options = set(sys.argv[1:]) - set(words)
    if len(words) != 1 or options - {"--short", "--once", "--write"} or options >= {"--short", "--once"}:
        raise SystemExit(__doc__)
    sys.stdout = tee = Tee()
    report(str(pathlib.Path(words[0]).resolve()), sorted(options - {"--write"}))
    sys.stdout = tee.out
    if "--write" in options:
        results = HERE / "RESULTS.md"
        before, rest = results.read_text().split(MARKS[0])
        results.write_text(before + MARKS[0] + tee.text + MARKS[1] + rest.split(MARKS[1])[1])


if __name__ == "__main__":
    main()
