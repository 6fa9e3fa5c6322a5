"""tests/e2e/lib/oracle.py — what a rule must do with a series, worked out from the rule manual alone.

One rule, one key, one pass over the readings.  Nothing here knows the engine: RULES.md sections 2 and 5 and the
stories in tests/stories say what holds, ladders, deadbands, clearing, missing values and silence mean.
"""
import dataclasses
import typing

WARNING, MINOR, MAJOR, CRITICAL = 1, 2, 3, 4
MISSING = object()


@dataclasses.dataclass
class Rule:
    """ladder: severity → test(value); stay: the same with the deadband; tests see one reading's value."""
    ladder: dict
    stay: dict = dataclasses.field(default_factory=dict)
    where: typing.Callable = lambda value: True
    hold: int = 0              # all times in ms
    readings: int = 1
    clear: typing.Callable = None
    clear_hold: int = 0
    ack: str = "by-severity"   # or "on_raise"
    on_missing: str = "keep"
    silence: str = "doubtful"
    stale_after: int = 0       # of the stream


class Judge:
    """Feeds on (time, value) in order of arrival; `out` holds (time, from, to, severity, is_doubtful, cause)."""

    def __init__(self, rule):
        self.rule, self.out = rule, []
        self.state, self.severity, self.worst = "NORM", 0, 0
        self.true_since, self.true_count = {}, {}
        self.clear_since = None
        self.doubtful = self.silent = False
        self.newest = None
        self.last = None

    # -- telling

    def move(self, time, to, cause, severity=None):
        if severity is not None:
            self.severity = severity
            self.worst = max(self.worst, severity)
        self.out.append((time, self.state, to, self.severity, self.doubtful, cause))
        self.state = to
        if to == "NORM":
            self.severity = self.worst = 0
            self.doubtful = False
            self.clear_since = None

    def is_active(self):
        return self.state == "UNACK"

    def returned(self):
        required = self.rule.ack == "by-severity" and self.worst >= MAJOR
        return "RTNUN" if required else "NORM"

    # -- time

    def dues(self):
        """When holds run out by themselves, if no reading says otherwise before."""
        dues = []
        for rung, since in self.true_since.items():
            is_reached = self.is_active() and rung <= self.severity
            if self.true_count[rung] >= self.rule.readings and not is_reached:
                dues.append(since + self.rule.hold)
        if self.is_active() and self.clear_since is not None:
            dues.append(self.clear_since + self.rule.clear_hold)
        return dues

    def pass_time(self, until):
        """The key's clock goes on to `until`: holds run out on the way, and silence begins stale_after the last reading."""
        while not self.silent:
            due = min(self.dues(), default=None)
            stale = self.newest + self.rule.stale_after if self.rule.stale_after else None
            if due is not None and due <= until and (stale is None or due <= stale):
                self.decide(due, "timer")
            elif stale is not None and stale <= until:
                self.fall_silent()
            else:
                return

    def fall_silent(self):
        self.silent = True
        self.true_since, self.true_count, self.clear_since = {}, {}, None  # nothing ripens unconfirmed
        if self.state == "PEND":
            self.move(self.newest, "NORM", "silence")
        elif self.is_active() and self.rule.silence == "clear":
            self.move(self.newest, self.returned(), "silence")
        elif self.is_active() and not self.doubtful:
            self.doubtful = True
            self.move(self.newest, self.state, "silence")

    # -- readings

    def read(self, time, value):
        if self.newest is not None:
            if time < self.newest:
                return  # older than the present: not judged
            self.pass_time(time)
        is_repeat = self.newest == time and value == self.last
        self.newest, self.last, self.silent = time, value, False
        if self.doubtful:
            self.doubtful = False
            self.move(time, self.state, "silence")
        if self.rule.where(value):
            self.judge(time, value, is_repeat)

    def judge(self, time, value, is_repeat):
        cause, must_clear = "event", False
        if value is MISSING:
            if self.rule.on_missing == "keep":
                return
            cause = "missing"
            must_clear = self.rule.on_missing == "clear"
            top = 0 if must_clear else min(self.rule.ladder)
        else:
            top = max((rung for rung in self.rule.ladder if self.test_of(rung)(value)), default=0)
        if top == 0 and self.state == "NORM":
            return
        for rung in self.rule.ladder:
            if rung > top:
                self.true_since.pop(rung, None)
                self.true_count.pop(rung, None)
            elif rung not in self.true_since:
                self.true_since[rung], self.true_count[rung] = time, 1
            elif not is_repeat:
                self.true_count[rung] += 1
        is_clear = top == 0 and (must_clear or self.rule.clear is None or self.rule.clear(value))
        if not is_clear:
            self.clear_since = None
        elif self.clear_since is None:
            self.clear_since = time
        self.decide(time, cause)

    def test_of(self, rung):
        if self.is_active() and rung <= self.severity and rung in self.rule.stay:
            return self.rule.stay[rung]
        return self.rule.ladder[rung]

    def decide(self, time, cause):
        held = max((rung for rung, since in self.true_since.items()
                    if self.true_count[rung] >= self.rule.readings and time - since >= self.rule.hold), default=0)
        top = max(self.true_since, default=0)
        if not self.is_active():
            if held:
                self.move(time, "UNACK", cause, held)
            elif top and self.state == "NORM":
                self.move(time, "PEND", cause, top)
            elif not top and self.state == "PEND":
                self.move(time, "NORM", cause)
        elif top:  # a rung above that is not held yet changes nothing; one that was left does
            self.change_severity(time, held or min(top, self.severity))
        elif self.clear_since is not None and time - self.clear_since >= self.rule.clear_hold:
            self.move(time, self.returned(), cause)
        else:
            self.change_severity(time, min(self.rule.ladder))

    def change_severity(self, time, severity):
        if severity != self.severity:
            self.move(time, self.state, "worse" if severity > self.severity else "better", severity)


def judge(rule, readings):
    judge = Judge(rule)
    for time, value in readings:
        judge.read(time, value)
    return judge.out
