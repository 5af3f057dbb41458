"""Tests of a program that uses the official Python SDK of Genesys Cloud, against the sandbox.

The sandbox starts once, on a free port. Each test begins with its sample people, whatever the tests before it changed.

    pip install PureCloudPlatformClientV2
    python sandbox_example.py
"""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

import PureCloudPlatformClientV2 as genesys


class Sandbox:
    """A sandbox of its own, with its addresses and credentials in `info`."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        ready = pathlib.Path(self.folder.name, "sandbox.json")
        program = os.environ.get("ROSTERKIT", "rosterkit")
        command = [program, "sandbox", "--users", "50", "--ready-file", str(ready)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        # The first line comes when the sandbox listens. The file is complete by then. A program that cannot read the output
        # waits for the file instead.
        if not self.process.stdout.readline():
            raise RuntimeError(f"the sandbox did not start: exit code {self.process.wait()}")
        self.info = json.loads(ready.read_text(encoding="utf-8"))

    def reset(self):
        """Discards every change."""
        url = self.info["control_url"] + "/state"
        with urllib.request.urlopen(urllib.request.Request(url, method="DELETE")) as response:
            response.read()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()


class UsersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        address = urllib.parse.urlsplit(cls.sandbox.info["genesys"]["base_url"])
        cls.client = genesys.ApiClient()
        cls.client.set_gateway(address.hostname, "http", address.port, "login", address.path.strip("/"))
        cls.users = genesys.UsersApi(cls.client)

    def setUp(self):
        # It discards the tokens that were issued, too.
        self.sandbox.reset()
        info = self.sandbox.info["genesys"]
        self.client.get_client_credentials_token(info["client_id"], info["client_secret"])

    def test_a_user_is_created(self):
        before = self.users.get_users().total
        body = genesys.CreateUser()
        body.name, body.email, body.state = "Ann Sample", "ann.sample@example.com", "active"
        created = self.users.post_users(body)
        self.assertEqual(self.users.get_user(created.id).email, "ann.sample@example.com")
        self.assertEqual(self.users.get_users().total, before + 1)

    def test_no_test_sees_what_another_one_created(self):
        body = genesys.CreateUser()
        body.name, body.email = "Another Ann Sample", "ann.sample@example.com"
        self.assertTrue(self.users.post_users(body).id, "the address is free again")


if __name__ == "__main__":
    unittest.main()
