#!/usr/bin/env python3
"""The place of an error is the place of the wrong token, however YAML writes the scalar.

Random expressions with one field that does not exist, plain, quoted, in | and > blocks with every indicator,
over several lines, behind diacritics, wide and combining letters, tabs and escapes.  IOC = the program.

    tests/errors/positions.py SEED…
"""
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
IOC = os.environ.get("IOC", "ioc")
RULES = 120
TERMS = ["true", "event.readings > 3", '"Đường Lê Lợi" != "x"', "event.state == \"open\"", '"水位" != "🌊"', 'size("Nguye\u0302\u0303n") > 2',
         '"a\tb" != "c"', "(1 + 2) * 3 > 4", 'event.station.startsWith("S")', '"it" + "em" != ""']


def tokens_of(draw):
    terms = [draw.choice(TERMS) for _ in range(draw.randint(1, 5))]
    terms.insert(draw.randint(0, len(terms)), "event.zzz > 3")
    return re.findall(r'(?:"[^"]*"|[^\s"])+', " && ".join(terms))


def plain(draw, tokens):
    breaks = ["\n      " if draw.random() < 0.3 else " " for _ in tokens]
    text = "".join(token + gap for token, gap in zip(tokens, breaks)).rstrip()
    return text if text[0] not in '"\'(' and ": " not in text and " #" not in text and "\t" not in text else None


def quoted(draw, tokens):
    gaps = ["\n\n      " if draw.random() < 0.1 else "\n      " if draw.random() < 0.3 else " " for _ in tokens]
    gaps[-1] = ""
    return "'" + "".join(token.replace("'", "''") + gap for token, gap in zip(tokens, gaps)) + "'"


def double(draw, tokens):
    def escape(letter):
        if letter in '"\\':
            return "\\" + letter
        if letter == "\t":
            return "\\t"
        if ord(letter) > 127 and draw.random() < 0.3:
            return "\\u%04x" % ord(letter) if ord(letter) < 0x10000 else "\\U%08x" % ord(letter)
        return letter
    gaps = [" \\\n      " if draw.random() < 0.15 else "\n      " if draw.random() < 0.2 else "  " if draw.random() < 0.1 else " "
            for _ in tokens]
    gaps[-1] = ""
    return '"' + "".join("".join(map(escape, token)) + gap for token, gap in zip(tokens, gaps)) + '"'


def block(draw, tokens):
    indent = draw.randint(3, 8)
    indicator = str(indent - 2) if draw.random() < 0.5 else ""
    style = draw.choice("|>") + "".join(draw.sample([draw.choice(["", "-", "+"]), indicator], 2)) + draw.choice(["", "  ", "  # Ghi chú"])
    lines, line = [], ""
    for token in tokens:
        line += token
        if draw.random() < 0.35:
            lines.append(line)
            lines += [" " * draw.randint(0, indent)] * draw.choice([0, 0, 0, 1, 2])
            line = " " * draw.choice([0, 0, 2, 3]) if lines[0].strip() else ""
        else:
            line += draw.choice([" ", " ", "  ", " \t"])
    lines.append(line)
    if indicator and draw.random() < 0.3:
        lines[0] = "   " + lines[0]
    if draw.random() < 0.2:
        lines.insert(0, "")
    return style + "\n" + "\n".join(" " * indent + line if line.strip() else line for line in lines)


def check(seed):
    draw = random.Random(seed)
    file = "owner: drainage\nrules:\n"
    wanted = []
    while len(wanted) < RULES:
        text = draw.choice([plain, quoted, double, block, block])(draw, tokens_of(draw))
        if not text:
            continue
        newline = "\r\n" if draw.random() < 0.1 else "\n"
        rule = "- id: r%d\n  on: street_depth\n  when: %s\n  severity: minor\n" % (len(wanted), text)
        before = file + rule[:rule.index("zzz")].replace("\n", newline)
        wanted.append((before.count("\n") + 1, len(before) - before.rfind("\n")))
        file += rule.replace("\n", newline)
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for shared in ("city.yaml", "stations.csv"):
            (directory / shared).write_text((HERE / shared).read_text())
        (directory / "rules.yaml").write_bytes(file.encode())
        done = subprocess.run([IOC, "check", "--json", "city.yaml"], cwd=directory, capture_output=True, timeout=120)
    found = [(item["line"], item["column"], item.get("end_column", 0) - item["column"], item["code"]) for item in json.loads(done.stdout)["errors"]]
    lines = file.split("\n")
    for place in wanted:
        if (*place, 3, "no-such-field") not in found:
            near = [item for item in found if abs(item[0] - place[0]) < 8]
            print("seed %d: expected %s, found %s\n%s" % (seed, place, near, "\n".join(lines[max(0, place[0] - 8):place[0] + 4])))
            return 1
    if len(found) != len(wanted):
        print("seed %d: %d errors, not %d: %s" % (seed, len(found), len(wanted), [item for item in found if item[3] != "no-such-field"][:3]))
        return 1
    print("seed %d: %d places are right" % (seed, len(wanted)))
    return 0


if __name__ == "__main__":
    sys.exit(max(check(int(seed)) for seed in sys.argv[1:] or ["1"]))
