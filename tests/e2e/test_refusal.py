"""tests/e2e/test_refusal.py — cities that must not start: secrets in the open, listeners for everybody, mistakes."""
import subprocess
import unittest

from lib.world import HERE, IOC, World, main

CITY = HERE / "city"


class RefusalTest(unittest.TestCase):
    def setUp(self):
        self.world = World("refusal", CITY)
        self.addCleanup(self.world.close)
        self.city = self.world.directory / "city.yaml"

    def change(self, old, new):
        whole = self.city.read_text()
        self.assertIn(old, whole)
        self.city.write_text(whole.replace(old, new))

    def run_ioc(self, *words):
        done = subprocess.run([IOC, *words, self.city], capture_output=True, text=True, timeout=30, cwd=self.world.directory)
        return done.returncode, done.stdout + done.stderr

    def assert_refuses(self, words, *said):
        code, output = self.run_ioc(*words)
        self.assertEqual(code, 1, output)
        for text in said:
            self.assertIn(text, output)
        return output

    def test_a_password_in_the_city_file(self):
        self.change("{file: secrets/mqtt-engine}", "hunter2-inline")
        output = self.assert_refuses(["run"], "city.yaml:46:13", "secret", "{file: path}")
        self.assertNotIn("hunter2-inline", output)

    def test_a_password_in_a_url(self):
        self.change("mqtt://127.0.0.1", "mqtt://ioc:hunter2-url@127.0.0.1")
        output = self.assert_refuses(["run"], "city.yaml:")
        self.assertNotIn("hunter2-url", output)

    def test_a_secret_that_others_can_read(self):
        (self.world.secret_directory / "gate.key").chmod(0o644)
        self.assert_refuses(["run"], "gate.key", "600")

    def test_a_secret_that_is_not_there(self):
        (self.world.secret_directory / "redis-engine").unlink()
        self.assert_refuses(["run"], "redis-engine")

    def test_metrics_for_the_whole_network(self):
        self.change(f"listen: \"127.0.0.1:{self.world.metrics_port}\"", f"listen: \"0.0.0.0:{self.world.metrics_port}\"")
        self.assert_refuses(["run"], "loopback")

    def test_a_wall_for_the_whole_network(self):
        self.change("  listen: 127.0.0.1:0", "  listen: 0.0.0.0:0")
        self.assert_refuses(["wall"], "loopback")

    def test_a_redis_beyond_loopback_without_tls(self):
        self.change(f"address: \"127.0.0.1:{self.world.redis_port}\", username: engine", "address: \"192.0.2.1:6379\", username: engine")
        self.assert_refuses(["run"], "192.0.2.1")

    def test_a_city_file_with_mistakes_says_all_of_them(self):
        self.change("key: bay", "key: bya")
        self.change("kind: jsonl", "kind: jsonll")
        self.assert_refuses(["run"], "bya", "'bay'", "jsonll")


if __name__ == "__main__":
    main()
