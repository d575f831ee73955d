# SPDX-License-Identifier: Apache-2.0
"""What stands between us and AWS: replies of odd forms, names that lead
nowhere."""
import contextlib
import email.utils
import socket
import threading
import time

import pytest

REFUSAL = (b"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>"
           b"does not match</Message></Error></ErrorResponse>")


@contextlib.contextmanager
def server(reply):
    """Gives the same bytes to every request; the URL of it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                seen = b""
                while b"\r\n\r\n" not in seen or not seen.rstrip().endswith(
                        b"2011-06-15"):
                    more = peer.recv(65536)
                    if not more:
                        break
                    seen += more
                peer.sendall(reply)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


def date(ahead=0):
    return email.utils.formatdate(time.time() + ahead, usegmt=True).encode()


def chunked(body, before=b"", behind=b"", interim=b""):
    piece = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
    return (interim + b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n"
            b"Transfer-Encoding: chunked\r\nTrailer: Date\r\n" + before +
            b"\r\n" + piece + b"0\r\n" + behind + b"\r\n")


KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLEEXAMPLE00",
        "AWS_SECRET_ACCESS_KEY": "x" * 40, "AWS_MAX_ATTEMPTS": "1"}


def dated(ahead=0):
    return b"Date: %s\r\n" % date(ahead)


def interim():
    return b"HTTP/1.1 100 Continue\r\n%s\r\n" % dated(7200)


@pytest.mark.parametrize("parts, word", [
    (lambda: {"before": dated()}, "secret access key is not"),
    (lambda: {"before": dated(7200)}, "behind AWS's"),
    (lambda: {"before": dated(), "behind": dated(7200)},
     "secret access key is not"),
    (lambda: {"behind": dated(7200)}, "secret access key is not"),
    (lambda: {"before": dated(), "interim": interim()},
     "secret access key is not"),
], ids=["now", "ahead", "trailer", "only-trailer", "interim"])
def test_only_the_head_of_a_reply_sets_the_clock(site, parts, word):
    site.make_registry()
    with server(chunked(REFUSAL, **parts())) as url:
        done = site.run("audit", "--endpoint-url", url, env=KEYS)
    assert done.code == 9 and word in done.err, done


def test_a_name_that_leads_nowhere_asks_for_dns_first(site):
    site.make_registry()
    done = site.run("audit", "--endpoint-url", "https://iam.invalid",
                    env=KEYS)
    assert done.code == 9, done
    assert "does DNS work here, is a proxy needed" in done.err, done
