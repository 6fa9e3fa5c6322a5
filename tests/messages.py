#!/usr/bin/env python3
"""Every message for people has its Vietnamese, with the same conversions in the same types.

Reads the calls of the functions that fill errors, hints and notes in the sources, and the catalogue in
core/message_*.c.  Fails when a format or a word of ours has no Vietnamese, when its conversions differ,
when a text goes through "%s" in a function that is not known here, and when an entry is used by nobody.

    tests/messages.py [--missing]     --missing prints entries to fill in
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Where the format is among the arguments, from 0.  Each is a literal, or several in `a ? b : c`.
FORMATS = {
    "ioc_error_set": 2, "ioc_error_hint": 1, "ioc_error_prefix": 1, "ioc_node_error": 4, "ioc_node_key_error": 4,
    "ioc_node_hint": 1, "ioc_complaint_set": 4, "ioc_complaint_hint": 2, "ioc_tree_error": 5, "ioc_geojson_error": 6,
    "ioc_pattern_refuse": 3,
    "FEATURE_ERROR": 3,
}
# Arguments that are whole texts: functions that pass them on as "%s" or as a word of a sentence.
TEXTS = {
    "ioc_tree_error": [4], "ioc_geojson_error": [5], "FEATURE_ERROR": [2], "ioc_reference_refuse": [3, 4],
    "core/document.c add_error_at": [3, 4], "core/document_read.c refuse": [3],
    "core/document_read.c expect_scalar": [2], "core/tree.c refuse_token": [4, 5], "core/written.c refuse": [3, 4],
    "core/csv.c refuse": [4, 5], "core/geojson.c refuse": [4, 5], "core/geojson.c add_error": [5], "core/area.c report_file": [3],
    "config/city.c is_map": [2], "config/city.c read_plugin_name": [2], "config/city.c complain_kind": [2],
    "rules/rule.c require": [2], "rules/wording.c refuse_personal": [3], "rules/cel/lexer.c bad": [4, 5],
    "rules/cel/macro.c refuse": [3], "rules/cel/pattern.c refuse": [3, 4], "rules/cel/local.c expect_optional": [2], "ioc_slip_refuse": [1], "rules/cel/parser.c expect": [2],
    "rules/cel/parser.c parse_items": [3], "ingest/admission.c refuse": [4],
}
# Tables of texts: file and name of the array; every string in it that holds a blank or is in the catalogue.
TABLES = {"core/document.c": ["faults"], "rules/cel/format_check.c": ["wanted"], "rules/cel/pattern_syntax.c": ["perl_groups"]}
# Functions that return such texts.
RETURNS = {"ingest/route.c": ["ioc_route_fault"]}

# What nobody who writes a city or a rule reads: dead letters and logs of single messages, the simulator.
EXEMPT = re.compile(r"^(ingest/(decoder_json|json_fault|mapping_apply|reading|intake|gate|command\w*|deadletter)\.c"
                    r"|config/simulate\w*\.c)$")

LITERAL = r'"(?:[^"\\]|\\.)*"'
CONVERSION = re.compile(r"%(?:(\d)\$)?([-+ #0]*)([0-9*]*(?:\.[0-9*]*)?)(hh|h|ll|l|z|j|t)?([a-zA-Z%])")


def unquote(literals):
    text = "".join(part[1:-1] for part in re.findall(LITERAL, literals))
    def escape(match):
        body = match.group(1)
        return {"n": "\n", "t": "\t", "0": "\0"}.get(body, body)
    return re.sub(r"\\(.)", escape, text)


def blank_comments(source):
    def keep(match):
        return match.group(0) if match.group(0)[0] in "\"'" else re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(LITERAL + r"|'(?:[^'\\]|\\.)+'|/\*.*?\*/|//[^\n]*", keep, source, flags=re.S)


def arguments_at(source, at):
    """The arguments of the call whose opening parenthesis is at `at`."""
    depth, start, found = 0, at + 1, []
    while at < len(source):
        letter = source[at]
        if letter in "\"'":
            at = re.compile(LITERAL + r"|'(?:[^'\\]|\\.)+'").match(source, at).end()
            continue
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return found + [source[start:at]]
        elif letter == "," and depth == 1:
            found.append(source[start:at])
            start = at + 1
        at += 1
    raise ValueError("a call is not closed")


def literals_of(argument):
    """Each run of adjacent literals in the argument; not those that are only compared."""
    argument = re.sub(r"IOC_TEXT\(%s\)" % LITERAL, "", argument)
    return [unquote(run) for run in re.findall(r"(?:%s\s*(?:IOC_\w+\s*)?)+" % LITERAL, argument)]


class Source:
    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = blank_comments(path.read_text())
        self.functions = [(match.start(), match.group(1)) for match in
                          re.finditer(r"^(?!return|else|static const)[a-z][\w \t*]*?[ *](\w+)\(", self.text, re.M)]

    def line(self, at):
        return self.text.count("\n", 0, at) + 1

    def function(self, at):
        inside = [name for start, name in self.functions if start <= at]
        return inside[-1] if inside else ""


def read_catalogue():
    catalogue, places = {}, {}
    for path in sorted(ROOT.glob("core/message_*.c")):
        text = blank_comments(path.read_text())
        for match in re.finditer(r"\{\s*((?:%s\s*)+),\s*((?:%s\s*)+|NULL)\}" % (LITERAL, LITERAL), text):
            english = unquote(match.group(1))
            vietnamese = english if match.group(2) == "NULL" else unquote(match.group(2))
            place = "%s:%d" % (path.relative_to(ROOT), text.count("\n", 0, match.start()) + 1)
            if english in catalogue:
                sys.exit("%s: %r is here a second time, first in %s" % (place, english, places[english]))
            catalogue[english], places[english] = vietnamese, place
    return catalogue, places


def conversions(format):
    return [match for match in CONVERSION.finditer(format) if match.group(5) != "%"]


def compare(english, vietnamese):
    """What differs in the conversions, or None."""
    wanted = [(m.group(3), m.group(4), m.group(5)) for m in conversions(english)]
    seen, order = set(), 0
    for match in conversions(vietnamese):
        number = int(match.group(1)) - 1 if match.group(1) else order
        order += not match.group(1)
        if number >= len(wanted):
            return "has no conversion number %d" % (number + 1)
        if (match.group(3), match.group(4), match.group(5)) != wanted[number]:
            return "%s instead of %%%s%s%s" % (match.group(0), *[part or "" for part in wanted[number]])
        if "#" in match.group(2) and match.group(5) != "s":
            return "%s: only a text can be a word" % match.group(0)
        seen.add(number)
    if len(seen) != len(wanted):
        return "does not use all of %s" % ", ".join("%" + "".join(part or "" for part in w) for w in wanted)
    if re.search(r"%(?!%)", CONVERSION.sub("", vietnamese.replace("%%", ""))):
        return "has a '%' that begins nothing"
    return None


def main():
    catalogue, places = read_catalogue()
    used, wanted, mistakes = set(), {}, []

    def want(text, source, at):
        if re.search(r"[A-Za-z]{2}", CONVERSION.sub("", text)) or text == "%s":
            wanted.setdefault(text, "%s:%d" % (source.name, source.line(at)))

    paths = [path for room in ("core", "ingest", "rules", "sinks", "config") for path in sorted((ROOT / room).rglob("*.c"))
             if "node_modules" not in path.parts and not path.match("core/message*.c")]
    names = set(FORMATS) | {name.split()[-1] for name in TEXTS}
    call = re.compile(r"\b(%s)\(" % "|".join(sorted(names)))
    for path in paths:
        source = Source(path)
        if EXEMPT.match(source.name):
            continue
        known = {name.split()[-1] for name in TEXTS if " " in name and name.startswith(source.name + " ")} \
            | {name for name in TEXTS if " " not in name}
        for match in call.finditer(source.text):
            name, at = match.group(1), match.start()
            line_start = source.text.rfind("\n", 0, at) + 1
            if re.match(r"(static|enum|void|bool|struct|#define)\b", source.text[line_start:at]):
                continue  # its definition
            args = arguments_at(source.text, match.end() - 1)
            inside = source.function(at)
            if name in FORMATS and FORMATS[name] < len(args):
                argument = args[FORMATS[name]]
                formats = literals_of(argument)
                if not formats and "VA_ARGS" not in argument:
                    mistakes.append("%s:%d: the format of %s() is no literal" % (source.name, source.line(at), name))
                for format in formats:
                    want(format, source, at)
                    passed = args[FORMATS[name] + 1] if FORMATS[name] + 1 < len(args) else ""
                    for text in literals_of(passed) if format == "%s" else []:
                        want(text, source, at)
                    if format == "%s" and not literals_of(passed) and not (inside in known or "%s %s" % (source.name, inside) in TEXTS
                                               or source.name in TABLES):
                        mistakes.append("%s:%d: a text goes through \"%%s\" in %s(), which tests/messages.py does not know"
                                        % (source.name, source.line(at), inside))
                    for number, conversion in enumerate(conversions(catalogue.get(format, ""))):
                        if "#" in conversion.group(2):
                            index = int(conversion.group(1)) - 1 if conversion.group(1) else number
                            position = 0
                            for before in conversions(format)[:index]:
                                position += 1 + before.group(3).count("*")
                            rest = args[FORMATS[name] + 1:]
                            if not any("IOC_TEXT_ARGS" in arg for arg in rest[:position + 1]) and position < len(rest):
                                for word in literals_of(rest[position]):
                                    want(word, source, at)
            for key in (name, "%s %s" % (source.name, name)):
                for index in TEXTS.get(key, []):
                    if index < len(args):
                        for text in literals_of(args[index]):
                            want(text, source, at)
        for table in TABLES.get(source.name, []):
            start = re.search(r"\b%s\[\] = " % table, source.text).end()
            body = source.text[start:source.text.index("};", start)]
            for row in re.finditer(r"\{((?:[^{}\"]|%s)*)\}" % LITERAL, body):
                for argument in arguments_at("(" + row.group(1) + ")", 0)[1:]:
                    for text in literals_of(argument):
                        want(text, source, start + row.start())
        for name in RETURNS.get(source.name, []):
            start = re.search(r"^[\w *]*\b%s\(" % name, source.text, re.M).start()
            body = source.text[start:source.text.index("\n}", start)]
            for text in re.findall(r"return (%s)" % LITERAL, body):
                want(unquote(text), source, start)
    for text, place in wanted.items():
        if text not in catalogue:
            mistakes.append("%s: no Vietnamese for %r" % (place, text))
            if "--missing" in sys.argv:
                print('    {"%s",\n        ""}, /* %s */' % (text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"), place))
        used.add(text)
    everything = "".join(blank_comments(path.read_text()) for path in paths)
    everything = re.sub(r"'(?:[^'\\]|\\.)'", "' '", everything)
    strings = {unquote(run) for run in re.findall(r"(?:%s\s*)+" % LITERAL, everything)}
    for english, vietnamese in catalogue.items():
        difference = compare(english, vietnamese)
        if difference:
            mistakes.append("%s: %r: the Vietnamese %s" % (places[english], english, difference))
        if english not in used and english not in strings:
            mistakes.append("%s: %r is said by nobody" % (places[english], english))
    if "--missing" not in sys.argv:
        for mistake in mistakes:
            print(mistake)
        print("%d messages, %d mistakes" % (len(wanted), len(mistakes)))
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
