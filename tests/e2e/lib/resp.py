"""tests/e2e/lib/resp.py — a Redis client: RESP2, one connection, answers as Python values.

Texts come back as str (bytes that are no UTF-8 survive as surrogates), errors are raised as Refused.
"""
import socket


class Refused(Exception):
    """Redis answered with an error."""


class Redis:
    def __init__(self, port, user=None, password=None, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb")
        if user:
            self.call("AUTH", user, password)

    def close(self):
        self.file.close()
        self.socket.close()

    def call(self, *words):
        self._send(words)
        return self._answer()

    def pipeline(self, commands):
        for words in commands:
            self._send(words)
        return [self._answer() for _ in commands]

    def hash(self, key):
        flat = self.call("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2]))

    def stream(self, key, start="-"):
        """Entries as (id, fields)."""
        return [(entry, dict(zip(flat[::2], flat[1::2]))) for entry, flat in self.call("XRANGE", key, start, "+")]

    def scan(self, pattern="*"):
        cursor, keys = "0", set()
        while True:
            cursor, page = self.call("SCAN", cursor, "MATCH", pattern, "COUNT", "1000")
            keys.update(page)
            if cursor == "0":
                return sorted(keys)

    def dump(self):
        """Everything that it holds, as one text: keys, and values by their type."""
        readers = {
            "string": lambda key: self.call("GET", key),
            "hash": lambda key: self.call("HGETALL", key),
            "list": lambda key: self.call("LRANGE", key, 0, -1),
            "set": lambda key: self.call("SMEMBERS", key),
            "zset": lambda key: self.call("ZRANGE", key, 0, -1, "WITHSCORES"),
            "stream": lambda key: self.call("XRANGE", key, "-", "+"),
        }
        parts = []
        for key in self.scan():
            kind = self.call("TYPE", key)
            parts.append(f"{key} {kind} {readers[kind](key) if kind in readers else ''!r}")
        return "\n".join(parts)

    def _send(self, words):
        out = [b"*%d\r\n" % len(words)]
        for word in words:
            word = word if isinstance(word, bytes) else str(word).encode("utf-8", "surrogateescape")
            out.append(b"$%d\r\n%s\r\n" % (len(word), word))
        self.socket.sendall(b"".join(out))

    def _answer(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise Refused(rest.decode())
        if kind == b":":
            return int(rest)
        count = int(rest)
        if count < 0:
            return None
        if kind == b"$":
            return self.file.read(count + 2)[:-2].decode("utf-8", "surrogateescape")
        items = []
        for _ in range(count):  # an error inside an array is a value, not the end of the reading
            try:
                items.append(self._answer())
            except Refused as refused:
                items.append(refused)
        return items
