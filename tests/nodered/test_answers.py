"""What Node-RED answered is what flows give here."""

from __future__ import annotations

import os
from collections import Counter

from tests.nodered.cases import all_cases
from tests.nodered.comparing import Bench, comparable
from tests.nodered.disagreements import KNOWN
from tests.nodered.page import PAGE, written
from tests.nodered.record import answers

EVERY = 1 if os.environ.get("FLOWENGINE_ALL_ANSWERS") else 3
"""Each how manieth case is run; FLOWENGINE_ALL_ANSWERS=1 runs them all."""


def test_each_case_gives_what_node_red_gave_but_for_the_disagreements_that_are_listed() -> None:
    recorded = answers()
    wrong: list[str] = []
    asked: Counter[str] = Counter()
    with Bench() as bench:
        for number, case in enumerate(all_cases()):
            if number % EVERY:
                continue
            asked[case["name"].partition("-")[0]] += 1
            same = comparable(bench.run(case)) == comparable(recorded[case["name"]])
            if same is (case["name"] in KNOWN):
                wrong.append(f"{case['name']} {'agrees by now: take it off the list' if same else 'differs'}")
    assert not wrong, "\n".join(wrong)
    assert sum(asked.values()) >= 600
    assert len(asked) == 29


def test_no_more_than_one_case_in_a_hundred_is_on_the_list() -> None:
    assert len(KNOWN) <= len(answers()) / 100
    assert all(KNOWN.values()), "each disagreement has a reason"


def test_the_page_of_node_red_shows_the_table_that_the_cases_give() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert written(text) == text, "python -m tests.nodered.page writes it anew"
