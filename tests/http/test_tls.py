"""The same client over TLS: an authority of the operator's own is trusted when named, and nobody else is."""

import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hubscan.http import Client, MemoryLedger, Settings, UrlClass

pytestmark = pytest.mark.skipif(
    not shutil.which("openssl"), reason="openssl makes the certificate; it is not installed"
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(302 if self.path == "/down" else 200)
        self.send_header("Location", "http" + f"://127.0.0.1:{self.server.server_port}/x")
        self.send_header("Content-Length", "2000000" if self.path == "/drip" else "2")
        self.end_headers()
        self.wfile.write(b"{}" if self.path != "/drip" else b"{")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    name = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-nodes"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", *name, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(make, check=True, capture_output=True)
    return key, cert


@pytest.fixture
def url(certificate):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(url, virtual):
    ledger = MemoryLedger()
    with Client(Settings(endpoint=url, deadline=1.0, tries=3), ledger, clock=virtual.clock()) as client:
        yield lambda path: (client.get_json(url + path, UrlClass.INFO), ledger.summary()["info"]["requests"])


def test_an_unknown_authority_is_refused_at_once(ask):
    fault, requests = ask("/x")
    assert (fault.kind, requests) == ("tls", 1)


def test_an_authority_that_is_named_is_trusted(ask, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    assert ask("/x")[0].value == {}
    assert ask("/down")[0].kind == "refused", "https is never left"


def test_the_deadline_holds_over_tls(ask, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[1]))
    assert ask("/drip")[0].kind == "timeout"
