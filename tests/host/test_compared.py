"""Every request that was compared with Microsoft's host is answered here as it was there."""

import http.client
import socket
import sys

import pytest

from tests.host.compared import REQUESTS, Compared
from tests.host.running import RunningHost


def answered(host: RunningHost, one: Compared) -> tuple[int, str, http.client.HTTPMessage]:
    """Byte for byte as it was sent: a client's library would put right what is to be seen."""
    head = f"{one.request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += f"{one.headers}\r\n\r\n" if one.headers else "\r\n"
    with socket.create_connection(("127.0.0.1", int(host.base.rpartition(":")[2]))) as opened:
        opened.sendall((head + one.sent).encode("latin-1"))
        response = http.client.HTTPResponse(opened, method=one.request.partition(" ")[0])
        response.begin()
        return response.status, response.read().decode(), response.headers


def test_the_local_host_answers_as_microsofts(
    host: RunningHost, strict_host: RunningHost, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = []
    for one in REQUESTS:
        status, body, headers = answered(strict_host if one.strict else host, one)
        if (status, body if one.body is not None else None) != (one.status, one.body):
            wrong.append(f"{one.request[:60]} {one.headers[:60]}: {status} {body}, not {one.status} {one.body}")
        # No length is stated of what there is.
        if body and status < 400 and headers["Transfer-Encoding"] != "chunked":
            wrong.append(f"{one.request}: a length is stated, {headers}")

    different = [f"{one.request}: {one.differs}" for one in REQUESTS if one.differs]
    with capsys.disabled():
        sys.stdout.write(
            f"\nrequests compared with Microsoft's host: {len(REQUESTS)}, {len(REQUESTS) - len(different)} the same; "
            f"different: {'; '.join(different)}\n"
        )
    assert wrong == []
    assert len(REQUESTS) >= 86
