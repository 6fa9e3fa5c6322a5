"""tests/e2e/lib/mqtt.py — an MQTT 3.1.1 client: publishes with QoS 1, counts PUBACKs, comes back after a break.

Packets as in MQTT 3.1.1 sections 2 and 3.  A message counts as sent only when its PUBACK is there; what had none
when the connection broke is sent again on the next one, in order and before anything newer, so a key's messages
keep their order.  One thread at a time.
"""
import collections
import select
import socket
import struct
import time

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, DISCONNECT = 1, 2, 3, 4, 8, 9, 14


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("!H", len(data)) + data


def packet(kind, flags, body):
    length, remaining = b"", len(body)
    while True:
        remaining, low = remaining >> 7, remaining & 0x7F
        length += bytes([low | (0x80 if remaining else 0)])
        if not remaining:
            return bytes([kind << 4 | flags]) + length + body


class Client:
    def __init__(self, port, client_id, user=None, password=None, clean=True, window=200):
        self.port, self.client_id, self.user, self.password, self.clean = port, client_id, user, password, clean
        self.window = window
        self.unacknowledged = collections.OrderedDict()  # packet id → packet
        self.next_id = 0
        self.acknowledged = self.breaks = 0
        self.received = []  # (topic, payload, retained)
        self.socket, self.buffer = None, b""
        self._connect()

    def close(self):
        if self.socket:
            try:
                self.socket.sendall(packet(DISCONNECT, 0, b""))
            except OSError:
                pass
            self.socket.close()
            self.socket = None

    # -- sending

    def publish(self, topic, payload, qos=1, retain=False):
        payload = payload if isinstance(payload, bytes) else payload.encode()
        if qos == 0:
            self._send(packet(PUBLISH, retain, text(topic) + payload))
            return
        while len(self.unacknowledged) >= self.window:
            self._turn(1)
        self.next_id = self.next_id % 65535 + 1
        data = packet(PUBLISH, qos << 1 | retain, text(topic) + struct.pack("!H", self.next_id) + payload)
        self.unacknowledged[self.next_id] = data
        self._send(data)
        self._turn(0)

    def drain(self, timeout=30):
        """Waits until every message has its PUBACK."""
        until = time.monotonic() + timeout
        while self.unacknowledged:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(self.unacknowledged)} messages have no PUBACK after {timeout} s")
            self._turn(0.1)

    def subscribe(self, topic, qos=1):
        self._send(packet(SUBSCRIBE, 2, struct.pack("!H", 1) + text(topic) + bytes([qos])))

    def listen(self, seconds):
        """Takes what comes for so long; gives all messages that have come so far."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._turn(max(0, until - time.monotonic()))
        return self.received

    # -- connection

    def _connect(self):
        flags = (2 if self.clean else 0) | (0xC0 if self.user else 0)
        body = text("MQTT") + bytes([4, flags]) + struct.pack("!H", 0) + text(self.client_id)
        if self.user:
            body += text(self.user) + text(self.password)
        connection = socket.create_connection(("127.0.0.1", self.port), 5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(packet(CONNECT, 0, body))
        answer = connection.recv(4, socket.MSG_WAITALL)
        if len(answer) != 4 or answer[0] >> 4 != CONNACK or answer[3] != 0:
            connection.close()
            raise ConnectionError(f"the broker refused {self.client_id}: {answer.hex()}")
        self.socket, self.buffer = connection, b""

    def _recover(self):
        """The connection is gone: comes back, however long it takes, and sends again."""
        self.breaks += 1
        self.socket.close()
        until = time.monotonic() + 60
        while True:
            try:
                self._connect()
                for data in list(self.unacknowledged.values()):
                    self.socket.sendall(data)
                return
            except (OSError, ConnectionError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self._recover()

    def _turn(self, wait):
        """Reads what is there, waiting at most so long for something to come."""
        try:
            if not select.select([self.socket], [], [], wait)[0]:
                return
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("closed")
        except (OSError, ConnectionError):
            self._recover()
            return
        self.buffer += data
        while self._take_packet():
            pass

    def _take_packet(self):
        length, shift, at = 0, 0, 1
        while True:
            if at >= len(self.buffer):
                return False
            length |= (self.buffer[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if not self.buffer[at - 1] & 0x80:
                break
        if len(self.buffer) < at + length:
            return False
        first, body, self.buffer = self.buffer[0], self.buffer[at:at + length], self.buffer[at + length:]
        if first >> 4 == PUBACK:
            if self.unacknowledged.pop(struct.unpack("!H", body[:2])[0], None) is not None:
                self.acknowledged += 1
        elif first >> 4 == PUBLISH:
            self._take_message(first & 15, body)
        return True

    def _take_message(self, flags, body):
        end = 2 + struct.unpack("!H", body[:2])[0]
        topic, rest = body[2:end].decode(), body[end:]
        if flags >> 1 & 3:
            self._send(packet(PUBACK, 0, rest[:2]))
            rest = rest[2:]
        self.received.append((topic, rest, bool(flags & 1)))
