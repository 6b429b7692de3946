"""Servers on this machine that deliver dumps, and a network that is cut."""

from __future__ import annotations

import base64
import contextlib
import getpass
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


class SftpServer:
    """OpenSSH's server with one key that may log in.

    Attributes:
        port: on which it listens.
        key_file: of the client who may log in.
        other_key_file: of one who may not.
        known_hosts: with the server's key.
    """

    def __init__(self, folder: Path) -> None:
        """Write its configuration and keys to a folder."""
        self.port = free_port()
        self.key_file, self.other_key_file = folder / "client", folder / "other"
        self._host_key, self._configuration = folder / "host", folder / "sshd_config"
        self.known_hosts = folder / "known_hosts"
        for key in (self.key_file, self.other_key_file, self._host_key):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True
            )
        self.knows(self.port)
        self._configuration.write_text(
            f"Port {self.port}\nListenAddress {HOST}\nHostKey {self._host_key}\n"
            f"AuthorizedKeysFile {self.key_file}.pub\nPidFile none\nStrictModes no\nUsePAM no\n"
            "PasswordAuthentication no\nSubsystem sftp internal-sftp\n"
        )

    def knows(self, port: int) -> None:
        """Trust the server under a port, such as that of a proxy in front of it."""
        kind, key, *_ = Path(f"{self._host_key}.pub").read_text().split()
        with self.known_hosts.open("a") as file:
            file.write(f"[{HOST}]:{port} {kind} {key}\n")

    @property
    def user(self) -> str:
        """Who may log in: whoever runs the test."""
        return getpass.getuser()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the end of the block."""
        # Without this folder, Debian's sshd does not start.
        with contextlib.suppress(PermissionError):
            Path("/run/sshd").mkdir(exist_ok=True)
        # It asks for its full path, because it starts itself for each connection.
        command = [str(shutil.which("sshd")), "-D", "-e", "-f", str(self._configuration)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(self.port)
                yield
            finally:
                process.terminate()


class _Pages(SimpleHTTPRequestHandler):
    """Index pages and files, for one login."""

    def __init__(
        self, *given: object, grows: bool, held: threading.Event | None, **named: object
    ) -> None:
        self._grows = grows
        self._held = held
        super().__init__(*given, **named)  # type: ignore[arg-type]

    def send_head(self) -> object:  # type: ignore[override]
        """Refuse who does not log in."""
        login = base64.b64encode(b"reader:let me in").decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            self.send_error(401)
            return None
        return super().send_head()

    def do_GET(self) -> None:
        """Answer; a file that is still written grows after each answer."""
        super().do_GET()
        file = Path(self.translate_path(self.path))
        if self._grows and file.is_file():
            with file.open("ab") as end:
                end.write(b"one more line\n")

    def copyfile(self, source: IO[bytes], outputfile: IO[bytes]) -> None:  # type: ignore[override]
        """Send a file, but hold all after its first bytes until someone lets it go."""
        if self._held is not None and self.path.endswith(".csv"):
            outputfile.write(source.read(2))
            self._held.wait()
        super().copyfile(source, outputfile)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextlib.contextmanager
def http_server(
    folder: Path, *, grows: bool = False, held: threading.Event | None = None
) -> Iterator[int]:
    """Serve a folder to the user `reader` with the password `let me in`; its port.

    Args:
        folder: the folder.
        grows: whether its files are still being written.
        held: what files wait for after their first bytes.
    """
    handler = partial(_Pages, directory=str(folder), grows=grows, held=held)
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()


class CutNetwork:
    """Passes a TCP port on, and cuts the first connections after some bytes of answers.

    Attributes:
        port: on which it listens.
        asked: method and path of each request of HTTP.
    """

    def __init__(self, port: int, cuts: int = 0, after_bytes: int = 0) -> None:
        """Listen in front of a server's port.

        Args:
            port: of the server.
            cuts: how many connections are cut.
            after_bytes: answered on a connection that is cut.
        """
        self._server = port
        self._after_bytes = after_bytes
        self.cuts_left = cuts
        self.asked: list[str] = []
        self._listening = socket.create_server((HOST, 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no longer."""
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection((HOST, self._server))
                for ends in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while content := source.recv(1 << 14):
                passed += len(content)
                if not answers:
                    self.asked += re.findall(
                        r"(?m)^((?:GET|HEAD) \S+) HTTP/1", content.decode("latin-1")
                    )
                if answers and self.cuts_left and passed > self._after_bytes:
                    self.cuts_left -= 1
                    break
                target.sendall(content)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port)):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")
