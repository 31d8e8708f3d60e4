"""Why no connection comes about is said in a sentence: name not known, or not secure."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from rig import ABC, Rig

from segctl.errors import SyncInterrupted


@contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[int]:
    """The port of a server that speaks TLS with this certificate, or hangs up when greeted."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with closing(connection), suppress(OSError):
                    if context is None:
                        connection.recv(1)
                    else:
                        context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    pem = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [*make, *names, "-keyout", str(pem) + ".key", "-out", str(pem)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, Path(str(pem) + ".key"))
    return context


def stopped(rig: Rig, base_url: str) -> str:
    """What is said of a tool at another address."""
    name = "url" if rig.tool == "webhook" else "base_url"
    with pytest.raises(SyncInterrupted) as caught:
        rig.apply(ABC, rig.settings(**{name: base_url}))
    assert rig.fake.requests == []
    assert rig.key not in f"{caught.value.message} {caught.value.hint}"
    return caught.value.message


def test_a_certificate_that_nobody_vouches_for(rig: Rig, self_signed: ssl.SSLContext) -> None:
    with serving(self_signed) as port:
        message = stopped(rig, f"https://localhost:{port}")
    assert "did not answer" in message and "no secure connection (TLS)" in message
    assert "certificate" in message.lower()


def test_a_server_that_hangs_up_instead_of_speaking_tls(rig: Rig) -> None:
    with serving(None) as port:
        message = stopped(rig, f"https://localhost:{port}")
    assert "no secure connection (TLS)" in message


def test_a_name_that_the_network_does_not_know(rig: Rig) -> None:
    message = stopped(rig, "https://api.nowhere.invalid")
    assert "its address is not known to the network (DNS)" in message
