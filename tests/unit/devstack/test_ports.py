"""Ports: four in a row, checked before anything starts, and whoever holds one is named."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from mentalspace.devstack.ports import Ports, PortTakenError, find_holder, free_ports, refuse_taken
from mentalspace.errors import InputError


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


def test_one_number_says_all_four() -> None:
    assert Ports(54321).all == (54321, 54322, 54323, 54324)


@pytest.mark.parametrize("port", [0, 80, 65533, -1])
def test_ports_outside_the_range_are_refused(port: int) -> None:
    with pytest.raises(InputError, match="from 1024 to 65532"):
        Ports(port)


@pytest.mark.parametrize("offset", range(4))
def test_a_taken_port_is_named_with_what_to_do(listener: socket.socket, offset: int) -> None:
    taken = listener.getsockname()[1]
    ports = Ports(taken - offset)
    with pytest.raises(PortTakenError) as caught:
        refuse_taken(ports)
    assert f"--port {ports.gateway + 10}" in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
def test_the_holder_is_found(listener: socket.socket) -> None:
    assert f"(process {os.getpid()})" in (find_holder(listener.getsockname()[1]) or "")


def test_nobody_holds_a_free_port() -> None:
    ports = free_ports()
    refuse_taken(ports)
    assert find_holder(ports.gateway) is None
