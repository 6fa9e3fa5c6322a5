"""tests/schema/test_schema.py — the JSON Schemas agree with the programs that read the files.

whole/ has every key that there is.  From it, one at a time: a key too many, a value of the wrong kind, a number
beyond its bounds, a required key left out.  `ioc` and the schema must refuse each; so a key that no reader
looks at, or that only one of them knows, is found.
"""
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"{missing.name} is not here: config/deps --tests", file=sys.stderr)
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
IOC = os.environ["IOC"]
WRONG = {"zzz": [[1]]}


class Loader(yaml.SafeLoader):
    """YAML 1.2, core schema, as editors read it: `on`, `no` and 1:30 have no magic."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, letters in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+", list("-+0123456789")),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+0123456789."))):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), letters)
# YAML 1.1 would read 010 as 8.
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node), 10))


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def load(path):
    return yaml.load(path.read_text(), Loader)


def dump(value):
    return yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=100000)


def read_schema(name):
    done = subprocess.run([IOC, "schema", name], capture_output=True, text=True, timeout=30, check=True)
    return json.loads(done.stdout)


class Schema:
    def __init__(self, name):
        self.root = read_schema(name)
        self.validator = jsonschema.Draft7Validator(self.root)
        self.used = set()

    def accepts(self, instance):
        return self.validator.is_valid(instance)

    def resolve(self, schema, pointer):
        while isinstance(schema, dict) and "$ref" in schema:
            pointer = schema["$ref"][1:]
            schema = self.root
            for part in pointer.split("/")[1:]:
                schema = schema[part]
        return schema, pointer

    def fits(self, schema, instance):
        return self.validator.evolve(schema=schema).is_valid(instance)

    def at(self, schema, pointer, instance):
        """All schemas that say something of the instance there."""
        schema, pointer = self.resolve(schema, pointer)
        if schema is True:
            return
        yield schema, pointer
        for i, form in enumerate(schema.get("anyOf", [])):
            if self.fits(form, instance):
                yield from self.at(form, f"{pointer}/anyOf/{i}", instance)
        for i, part in enumerate(schema.get("allOf", [])):
            if "if" in part and self.fits(part["if"], instance):
                yield from self.at(part["then"], f"{pointer}/allOf/{i}/then", instance)

    def walk(self, instance, schema=None, pointer="", path=()):
        """Yields (path, instance, schemas); notes which keys of which schema were met."""
        found = list(self.at(self.root if schema is None else schema, pointer, instance))
        yield path, instance, [schema for schema, _ in found]
        if isinstance(instance, list):
            for schema, pointer in found:
                if "items" in schema:
                    for i, item in enumerate(instance):
                        yield from self.walk(item, schema["items"], f"{pointer}/items", path + (i,))
        elif isinstance(instance, dict):
            for key, value in instance.items():
                for schema, pointer in found:
                    below = self.below(schema, pointer, key)
                    if below:
                        yield from self.walk(value, *below, path + (key,))

    def below(self, schema, pointer, key):
        if key in schema.get("properties", {}):
            self.used.add(f"{pointer}/properties/{key}")
            return schema["properties"][key], f"{pointer}/properties/{key}"
        for pattern, form in schema.get("patternProperties", {}).items():
            if re.search(pattern, key):
                return form, f"{pointer}/patternProperties"
        if isinstance(schema.get("additionalProperties"), dict):
            return schema["additionalProperties"], f"{pointer}/additionalProperties"
        return None

    def keys(self):
        """Pointers of all keys that it knows."""
        stack = [("", self.root)]
        while stack:
            pointer, schema = stack.pop()
            if not isinstance(schema, dict):
                continue
            for key, form in schema.get("properties", {}).items():
                if form is not True and "/if/" not in pointer:
                    yield f"{pointer}/properties/{key}"
                stack.append((f"{pointer}/properties/{key}", form))
            for name in ("items", "additionalProperties", "then"):
                stack.append((f"{pointer}/{name}", schema.get(name)))
            for name, form in schema.get("definitions", {}).items():
                stack.append((f"{pointer}/definitions/{name}", form))
            for form in schema.get("patternProperties", {}).values():
                stack.append((f"{pointer}/patternProperties", form))
            for name in ("anyOf", "allOf"):
                for i, form in enumerate(schema.get(name, [])):
                    stack.append((f"{pointer}/{name}/{i}", form))


def change(document, path, value):
    changed = copy.deepcopy(document)
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


def remove(document, path):
    changed = copy.deepcopy(document)
    at = changed
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return changed


class World:
    """A copy of whole/ with its secrets, in which one file can be another."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="ioc-schema-"))
        shutil.copytree(HERE / "whole", self.directory, dirs_exist_ok=True)
        (self.directory / "day.jsonl").touch()
        for name, text in (("secret", "word"), ("gate.key", "a" * 64)):
            (self.directory / name).write_text(text)
            (self.directory / name).chmod(0o600)

    def close(self):
        shutil.rmtree(self.directory)

    def say(self, name, text=None):
        """What `ioc` says of whole/ when that file holds that text: "" = nothing is wrong."""
        path = self.directory / f"{name}.yaml"
        before = path.read_text()
        if text is not None:
            path.write_text(text)
        try:
            words = ["test", path] if name == "story" else ["check", self.directory / "city.yaml"]
            done = subprocess.run([IOC, *words], capture_output=True, text=True, timeout=30, cwd=self.directory,
                                  env={**os.environ, "LC_ALL": "C", "CREDENTIALS_DIRECTORY": str(self.directory)})
        finally:
            path.write_text(before)
        output = done.stdout + done.stderr
        if name == "story":
            return output if ": error: " in output else ""
        return output if done.returncode else ""


NAMES = ("city", "rules", "story")


class SchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.schemas = {name: Schema(name) for name in NAMES}
        cls.whole = {name: load(HERE / "whole" / f"{name}.yaml") for name in NAMES}

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def places(self, name):
        return self.schemas[name].walk(self.whole[name])

    def assert_both_refuse(self, name, path, document):
        place = f"{name}: {'.'.join(map(str, path))}"
        self.assertFalse(self.schemas[name].accepts(document), f"{place}: the schema accepts it")
        self.assertTrue(self.world.say(name, dump(document)), f"{place}: ioc accepts it")

    def test_they_are_schemas(self):
        for schema in self.schemas.values():
            jsonschema.Draft7Validator.check_schema(schema.root)

    def forms(self):
        """Yields (name of the schema, pointer, form) of each key."""
        for name, schema in self.schemas.items():
            for pointer in schema.keys():
                form = schema.root
                for part in pointer.split("/")[1:]:
                    # A list of patterns has one entry in these schemas.
                    form = form[int(part)] if isinstance(form, list) else form[part]
                    if part == "patternProperties":
                        form = next(iter(form.values()))
                yield name, pointer, form

    def test_every_key_is_explained_in_both_languages(self):
        for name, pointer, form in self.forms():
            self.assertRegex(form.get("description", ""), r"\S\n\n\S", f"{name}{pointer}")

    def test_defaults_and_examples_fit_where_they_stand(self):
        for name, pointer, form in self.forms():
            for value in form.get("examples", []) + ([form["default"]] if "default" in form else []):
                self.assertTrue(self.schemas[name].fits(form, value), f"{name}{pointer}: {value!r}")

    def test_the_whole_files_fit_and_are_accepted(self):
        for name in NAMES:
            errors = [error.message for error in self.schemas[name].validator.iter_errors(self.whole[name])]
            self.assertEqual(errors, [], name)
            self.assertEqual(self.world.say(name, dump(self.whole[name])), "", name)

    def test_the_whole_files_have_every_key(self):
        for name in NAMES:
            schema = self.schemas[name]
            schema.used.clear()
            for _ in self.places(name):
                pass
            # A story writes its rules as rule files do: they are whole there.  One credential stands for all secrets.
            missing = [key for key in schema.keys() if key not in schema.used and not key.endswith("/properties/credential")
                       and not (name == "story" and key.startswith("/definitions/rule/"))]
            self.assertEqual(missing, [], f"tests/schema/whole/{name}.yaml")

    def test_an_unknown_key_is_refused_everywhere(self):
        count = 0
        for name in NAMES:
            for path, instance, schemas in self.places(name):
                if not isinstance(instance, dict) or not any(s.get("additionalProperties") is False for s in schemas):
                    continue
                if any("patternProperties" in schema for schema in schemas):
                    continue
                self.assert_both_refuse(name, path, change(self.whole[name], path + ("zzz",), "1"))
                count += 1
        self.assertGreater(count, 50)

    def test_a_value_of_the_wrong_kind_is_refused_everywhere(self):
        count = 0
        for name in NAMES:
            for path, _, _ in self.places(name):
                if path and isinstance(path[-1], str):
                    self.assert_both_refuse(name, path, change(self.whole[name], path, WRONG))
                    count += 1
        self.assertGreater(count, 300)

    def test_a_required_key_is_required_by_both(self):
        for name in NAMES:
            for path, _, schemas in self.places(name):
                for key in {key for schema in schemas for key in schema.get("required", [])}:
                    self.assert_both_refuse(name, path + (key,), remove(self.whole[name], path + (key,)))

    def test_numbers_end_where_the_schema_says(self):
        count = 0
        for name in NAMES:
            for path, _, schemas in self.places(name):
                bounds = [schema for schema in schemas if schema.get("type") == "integer" and "maximum" in schema]
                for schema in bounds:
                    for bound, step in ((schema["minimum"], -1), (schema["maximum"], 1)):
                        self.assert_both_refuse(name, path, change(self.whole[name], path, bound + step))
                        fine = change(self.whole[name], path, bound)
                        self.assertTrue(self.schemas[name].accepts(fine), f"{name}: {path} {bound}")
                        said = self.world.say(name, dump(fine))
                        self.assertNotIn("out-of-range", said, f"{name}: {path} {bound}")
                        count += 1
        self.assertGreater(count, 20)

    def test_words_are_the_readers_words(self):
        for name in NAMES:
            for path, _, schemas in self.places(name):
                words = [word for schema in schemas for word in schema.get("enum", [])]
                if words and isinstance(path[-1], str):
                    self.assert_both_refuse(name, path, change(self.whole[name], path, "zzz"))
                for word in words:
                    said = self.world.say(name, dump(change(self.whole[name], path, word)))
                    for text in (f"'{word}' is none of", "[no-such-kind]", "time is `received`", "[bad-identity]"):
                        self.assertNotIn(text, said, f"{name}: {path}")

    def test_readers_ask_for_no_key_that_no_schema_has(self):
        known = {pointer.rsplit("/", 1)[1] for schema in self.schemas.values() for pointer in schema.keys()}
        for room in ("config", "rules", "ingest"):
            for file in sorted((ROOT / room).glob("*.c")):
                for key in re.findall(r'ioc_node_find\([^;{}]*?,\s*"([^"]+)"\)', file.read_text()):
                    self.assertIn(key, known, f"{file.relative_to(ROOT)} looks for a key '{key}'")


class ExampleTest(unittest.TestCase):
    def test_every_example_names_its_schema_and_fits_it(self):
        files = [path for pattern in ("config/example/*/**/*.yaml", "tests/stories/*.yaml", "tests/schema/whole/*.yaml")
                 for path in ROOT.glob(pattern)]
        self.assertGreater(len(files), 15)
        for path in files:
            first = path.read_text().split("\n", 1)[0]
            found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
            self.assertTrue(found, f"{path}: the first line names no schema")
            schema = (path.parent / found[1]).resolve()
            self.assertEqual(schema.parent, ROOT / "config" / "schema", path)
            validator = jsonschema.Draft7Validator(json.loads(schema.read_text()))
            errors = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(load(path))]
            self.assertEqual(errors, [], path)


# What people get wrong: file, what stands in whole/, what they write, the code that ioc answers with.
BROKEN = (
    ("city", "site: whole", "site: Whole City", "bad-site"),
    ("city", "interval: 5m", "interval: 5", "no-unit"),
    ("city", "stale_after: 15m", "stale_after: 15 minutes", "not-a-duration"),
    ("city", "inbox: 8 MiB", "inbox: 8 megabytes", "not-a-size"),
    ("city", "lanes: 2", "lanes: 99", "out-of-range"),
    ("city", "decimals: 1, range: [-5, 300]", "decimals: 1, range: [-5]", "bad-range"),
    ("city", "word: {when", "word: {wehn", "unknown-key"),
    ("city", "type: string, personal: plate", "type: string, personal: number", "unknown-choice"),
    ("city", "password: {file: secret}\n  client_id", "password: hunter2\n  client_id", "inline-secret"),
    ("city", "kind: jsonl, path", "kind: jsonlines, path", "no-such-kind"),
    ("city", "kind: replay\n  file", "kind: replay\n  files", "unknown-key"),
    ("city", "depth_cm: {pointer: /depth,", "depth_cm: {pointer: depth,", "bad-pointer"),
    ("city", "    key: station\n    identity", "    keys: station\n    identity", "unknown-key"),
    ("rules", "severity: minor", "severity: urgent", "unknown-choice"),
    ("rules", "  severity: minor\n", "", "missing-key"),
    ("rules", "id: deep", "id: Deep Water", "bad-id"),
    ("rules", "hold: 1m", "hold: 60", "no-unit"),
    ("rules", "hold: 1m", "hold: {span: 1m}", "unknown-key"),
    ("rules", "on_missing: clear", "on_missing: ignore", "unknown-choice"),
    ("rules", "owner: drainage\n", "", "missing-key"),
    ("rules", "deadband: 3", "deadband: 3 cm", "not-a-number"),
    ("rules", "clear: {when: event.depth_cm < 10, hold: 5m}", "clear: event.depth_cm < 10", "wrong-kind"),
    ("rules", "more: 30", "last: 30", "bad-name"),
    ("story", "city: city.yaml\n", "", "missing-key"),
    ("story", "{at: 3m, acknowledge", "{acknowledge", "missing-key"),
    ("story", "times: 3", "times: 0", "out-of-range"),
    ("story", "expect: none", "expect: nothing", "wrong-kind"),
    ("story", "severity: minor, message", "sverity: minor, message", "unknown-key"),
    ("story", "until: 30m", "until: 30", "no-unit"),
)


class BrokenTest(unittest.TestCase):
    def test_both_refuse_what_people_get_wrong(self):
        world = World()
        self.addCleanup(world.close)
        for name, old, new, code in BROKEN:
            with self.subTest(name=name, new=new or f"no {old!r}"):
                text = (HERE / "whole" / f"{name}.yaml").read_text()
                self.assertIn(old, text)
                text = text.replace(old, new, 1)
                said = world.say(name, text)
                self.assertIn(f"[{code}]", said)
                self.assertFalse(Schema(name).accepts(yaml.load(text, Loader)), "the schema accepts it")


class StrictTest(unittest.TestCase):
    def test_strict_cel_refuses_a_whole_number_beside_a_fraction_and_says_what_to_write(self):
        world = World()
        self.addCleanup(world.close)
        for words, file in ((["check"], "city.yaml"), (["run"], "city.yaml"), (["test"], "story.yaml")):
            with self.subTest(words=words):
                done = subprocess.run([IOC, *words, "--strict-cel", file], capture_output=True, text=True, timeout=30,
                                      cwd=world.directory, env={**os.environ, "LC_ALL": "C", "CREDENTIALS_DIRECTORY": str(world.directory)})
                self.assertEqual(done.returncode, 1)
                self.assertIn("[wrong-types]", done.stdout + done.stderr)
                self.assertIn("15.0", done.stdout + done.stderr)
        for name in NAMES:
            self.assertEqual(world.say(name), "", name)


if __name__ == "__main__":
    unittest.main()
