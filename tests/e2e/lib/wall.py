"""tests/e2e/lib/wall.py — a browser as far as the gateway can tell: trades the token, follows the feed, sends commands."""
import http.client
import json
import re
import threading
import time
import urllib.parse
import uuid


class Feed(threading.Thread):
    """GET /v1/stream, event by event, until closed; ends by itself when the gateway goes."""

    def __init__(self, port, cookie, last_id=None):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"Cookie": cookie, "Accept": "text/event-stream"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.connection.request("GET", "/v1/stream", headers=headers)
        self.response = self.connection.getresponse()
        if self.response.status != 200:
            raise AssertionError(f"the feed answers {self.response.status}: {self.response.read()!r}")
        self.events = []  # (name, data, id); appended to by the thread only
        self.start()

    def run(self):
        name, data, last_id = "message", [], None
        try:
            while True:
                line = self.response.readline()
                if not line:
                    return
                line = line.decode().rstrip("\r\n")
                if not line:
                    if data:
                        self.events.append((name, json.loads("\n".join(data)), last_id))
                    name, data = "message", []
                    continue
                key, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if key == "event":
                    name = value
                elif key == "data":
                    data.append(value)
                elif key == "id":
                    last_id = value
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            return  # closed from either side

    def close(self):
        if self.connection.sock:
            self.connection.sock.close()
        self.connection.close()

    def wait(self, predicate, what, timeout=15, since=0):
        """The first event from place `since` on for which predicate(name, data) is true."""
        until = time.monotonic() + timeout
        while True:
            for name, data, event_id in self.events[since:]:
                if predicate(name, data):
                    return name, data, event_id
            if time.monotonic() > until:
                seen = [(name, str(data)[:200]) for name, data, _ in self.events[since:] if name != "health"]
                raise AssertionError(f"the feed did not bring {what} within {timeout} s; it brought {seen[-8:]}")
            time.sleep(0.02)

    def wait_alert(self, rule, key, state, what=None, timeout=15):
        def is_it(name, data):
            return name in ("delta", "snapshot") and any(
                alert["rule"] == rule and alert["key"] == key and alert["state"] == state for alert in data.get("a", []))
        _, data, _ = self.wait(is_it, what or f"{rule} of {key} in state {state}", timeout)
        return [a for a in data["a"] if a["rule"] == rule and a["key"] == key and a["state"] == state][-1]


class Browser:
    """One session at the wall: `url` holds the one-time token."""

    def __init__(self, url, name):
        parts = urllib.parse.urlsplit(url)
        self.port = parts.port
        status, headers, _ = self.request("GET", f"/?{parts.query}&name={urllib.parse.quote(name)}")
        if status != 303:
            raise AssertionError(f"the token was not taken: {status}")
        self.cookie = re.match(r"[^;]+", headers["Set-Cookie"]).group(0)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = {"Cookie": self.cookie} if hasattr(self, "cookie") else {}
        sent.update(headers or {})
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, response.headers, answer

    def feed(self, last_id=None):
        return Feed(self.port, self.cookie, last_id)

    def command(self, op, alert, origin=None, **more):
        """POST /v1/cmd → (status, answer, cmd_id)."""
        cmd_id = str(uuid.uuid4())
        body = {"cmd_id": cmd_id, "op": op, "alert": alert, **more}
        status, _, answer = self.request("POST", "/v1/cmd", json.dumps(body), {
            "Content-Type": "application/json", "Origin": origin or f"http://127.0.0.1:{self.port}"})
        return status, json.loads(answer), cmd_id
