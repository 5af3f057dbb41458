"""Starts the sandbox as a program, and stops it by its process."""

import json
import os
import re
import signal
import subprocess
import urllib.request


class Sandbox:
    """A running sandbox with its addresses and credentials."""

    def __init__(self, users=250, seed=7, options=()):
        program = os.environ["ROSTERKIT_SANDBOX"]
        command = [program, "--port", "0", "--users", str(users), "--seed", str(seed), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            self._read_addresses()
        except BaseException:
            self.stop()
            raise

    def _read_addresses(self):
        # The program prints its addresses once it listens, and closes its output when it cannot start.
        for line in self.process.stdout:
            found = re.search(r"http://([0-9.]+):(\d+)/genesys\b", line)
            if found:
                self.host, self.port = found.group(1), int(found.group(2))
                break
        else:
            raise RuntimeError("the sandbox ended without printing an address")
        self.info = self.control("GET", "/info")
        credentials = self.info["credentials"]
        self.client_id = credentials["genesysClientId"]
        self.client_secret = credentials["genesysClientSecret"]
        # A token of a user, unlike those that the client's id and secret give.
        self.user_token = credentials["genesysToken"]

    @property
    def base_url(self):
        return f"http://{self.host}:{self.port}"

    def control(self, method, path, body=None):
        """Calls the control endpoint."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/_sandbox{path}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        # No proxy stands between this machine and itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as answer:
            return json.loads(answer.read() or b"null")

    def reset(self):
        """Discards every change and empties the request log."""
        self.control("DELETE", "/state")
        self.control("DELETE", "/requests")

    def requests(self):
        """The requests that the Genesys service received since the last reset."""
        return self.control("GET", "/requests?service=genesys-users")["requests"]

    def stop(self):
        """Asks the program to stop, and waits until it has."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
