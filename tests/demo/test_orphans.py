"""When the demo is killed, the plant and the broker end too: nobody is left to hold their ports."""

import signal
import subprocess
import sys

import pytest

from flowengine_demo.ports import accepts, wait_until_silent

PATIENCE_S = 30.0

PLANT = """
from flowengine_demo.plant.process import PlantProcess
child = PlantProcess()
"""
BROKER = """
from flowengine_demo.broker import find_broker
child = find_broker()
"""
START_AND_WAIT = """
import sys
child.start()
sys.stdout.write(f"{child.port}\\n")
sys.stdout.flush()
sys.stdin.read()
"""


@pytest.mark.parametrize(
    "makes",
    [
        pytest.param(PLANT, id="plant"),
        pytest.param(BROKER, id="broker"),
    ],
)
def test_a_child_ends_when_its_parent_is_killed(makes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))
    with subprocess.Popen(
        [sys.executable, "-c", makes + START_AND_WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert accepts("127.0.0.1", port, PATIENCE_S)
        parent.send_signal(signal.SIGKILL)
    assert wait_until_silent("127.0.0.1", port, PATIENCE_S)
