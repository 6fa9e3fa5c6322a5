#!/usr/bin/env python3
"""A mistake of an engineer and the exact words it is answered with, in English and Vietnamese.

A case is a text: `--- FILE` begins a file of it, `--- en` and `--- vi` the output that is expected.  city.yaml
and stations.csv of this directory are there unless the case has its own.  A case with a story.yaml runs
`ioc test`, any other `ioc check`, with the options that `--- options` gives; --lang asks for English, the
locale for Vietnamese.  The JSON of `ioc check --json`
must say the same.

    tests/errors/run.py [--update] CASE…      IOC = the program; --update writes the output into the case
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
IOC = os.environ.get("IOC", "ioc")


def read_case(path):
    parts, name = {}, None
    for line in path.read_text().splitlines(keepends=True):
        if line.startswith("--- "):
            name = line[4:].strip()
            parts[name] = ""
        elif name is None:
            parts.setdefault("", "")
            parts[""] += line
        else:
            parts[name] += line
    return parts


def write_case(path, parts):
    path.write_text("".join((f"--- {name}\n" if name else "") + text for name, text in parts.items()))


def run(directory, arguments):
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "vi_VN.UTF-8"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            environment[name] = os.environ[name]
    done = subprocess.run([IOC, *arguments], cwd=directory, capture_output=True, text=True, timeout=60, env=environment)
    return done.returncode, (done.stderr + done.stdout).replace(str(directory) + "/", ""), done.stdout


def check_json(directory, options, outputs, code):
    """What differs between the JSON and the text, or None."""
    json_code, _, text = run(directory, ["check", "--json", *options, "city.yaml"])
    found = json.loads(text.replace(str(directory) + "/", ""))
    if json_code != code or found["ok"] != (code == 0):
        return "exit code %d, with --json %d and ok %s" % (code, json_code, found["ok"])
    for language, words in (("en", ("error", "note", "hint")), ("vi", ("lỗi", "lưu ý", "gợi ý"))):
        for item in found["errors"]:
            place = ":".join(str(part) for part in (item["file"], item["line"], item["column"]) if part)
            said = "%s: %s: %s [%s]\n" % (place, words[item["severity"] == "note"], item["message"][language], item["code"])
            if said not in outputs[language]:
                return "not in the text: %s" % said
            if "hint" in item and "    %s: %s\n" % (words[2], item["hint"][language]) not in outputs[language]:
                return "not in the text: %s" % item["hint"][language]
            if "end_column" in item and not item["column"] < item["end_column"]:
                return "ends before it begins: %s" % said
    severities = [item["severity"] for item in found["errors"]]
    if (severities.count("error"), severities.count("note")) != (found["counts"]["errors"], found["counts"]["notes"]):
        return "the counts are wrong: %s" % found["counts"]
    return None


def run_case(path, is_update):
    parts = read_case(path)
    outputs, code = {}, 0
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name).resolve()
        for shared in ("city.yaml", "stations.csv"):
            (directory / shared).write_text((HERE / shared).read_text())
        for file, text in parts.items():
            if file not in ("", "en", "vi", "options"):
                (directory / file).write_text(text)
        is_story = "story.yaml" in parts
        options = parts.get("options", "").split()
        for language in ("en", "vi"):
            command = ["test" if is_story else "check", *(["--lang", "en"] if language == "en" else []), *options]
            code, outputs[language], _ = run(directory, [*command, "story.yaml" if is_story else "city.yaml"])
        difference = None if is_story else check_json(directory, options, outputs, code)
    if difference:
        print(f"{path.name}: --json: {difference}")
        return False
    if is_update:
        write_case(path, {**parts, **outputs})
        return True
    is_good = True
    for language in ("en", "vi"):
        if parts.get(language) != outputs[language]:
            print(f"{path.name}: {language}: expected\n{parts.get(language)}but it says\n{outputs[language]}")
            is_good = False
    return is_good


def main():
    cases = [pathlib.Path(argument) for argument in sys.argv[1:] if not argument.startswith("--")]
    results = [run_case(path, "--update" in sys.argv) for path in cases or sorted(HERE.glob("*.txt"))]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) and results else 1


if __name__ == "__main__":
    sys.exit(main())
