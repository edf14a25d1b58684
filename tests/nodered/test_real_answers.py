"""What Node-RED's nodes for the outside world answered is what they give here, in real time."""

from __future__ import annotations

import os
from pathlib import Path

from tests.nodered.cases_network import real_cases
from tests.nodered.comparing import Bench, comparable_real
from tests.nodered.record import REAL_ANSWERS, answers
from tests.plants.mosquitto import free_port

EVERY = 1 if os.environ.get("FLOWENGINE_ALL_ANSWERS") else 8
"""Each how manieth case is run; FLOWENGINE_ALL_ANSWERS=1 runs them all."""


def test_each_case_gives_what_node_red_gave_over_http_tcp_mqtt_with_files_and_commands(
    tmp_path: Path, broker_port: int, bench: Bench
) -> None:
    recorded = answers(REAL_ANSWERS)
    wrong: list[str] = []
    for number, case in enumerate(real_cases()):
        if number % EVERY:
            continue
        places = {"HTTP": str(free_port()), "P1": str(free_port()), "MQTT": str(broker_port)}
        wanted, loose = recorded[case["name"]], case.get("loose", ())
        for patience in (1, 5, 20):  # a busy computer may need more time between two messages than Node-RED had
            folder = tmp_path / f"{number}-{patience}"
            folder.mkdir()
            places["DIR"] = str(folder)
            slow = {**case, **{name: case.get(name, 0) * patience for name in ("settle", "pause")}}
            same = comparable_real(bench.run_real(slow, places, len(wanted)), loose) == comparable_real(wanted, loose)
            if same:
                break
        if not same:
            wrong.append(case["name"])
    assert wrong == []
    assert len(recorded) >= 210
