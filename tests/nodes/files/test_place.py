import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine_nodes.files.place import Place


def test_a_fixed_path_is_taken_as_it_is() -> None:
    assert Place("/data/a.log", "").of(Message()) == Path("/data/a.log")
    assert Place("a.log", "/data").of(Message()) == Path("/data/a.log")


def test_a_name_may_hold_values_and_the_time_of_the_message(tmp_path: Path) -> None:
    msg = Message({"line": 3}, topic="plant/oven", time=1_767_225_600 + 3 * 3600)
    assert Place("{topic}/{payload.line}-{date}.csv", str(tmp_path)).of(msg) == tmp_path / "plant/oven/3-2026-01-01.csv"
    assert Place("{hour}.log", str(tmp_path)).of(msg) == tmp_path / "2026-01-01T03.log"


@pytest.mark.parametrize("topic", ["../up", "a/../../b", "..", "a//b", "", "a\x00b", "a\\..\\b", "c:evil"])
def test_a_name_that_could_lead_out_is_refused(tmp_path: Path, topic: str) -> None:
    with pytest.raises(BadData):
        Place("{topic}.csv", str(tmp_path)).of(Message(topic=topic))


def test_a_link_does_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "link").symlink_to(tmp_path)
    with pytest.raises(BadData, match="outside the folder"):
        Place("{topic}", str(tmp_path / "inside")).of(Message(topic="link/a"))


def test_an_absolute_path_is_taken_only_inside_the_folder(tmp_path: Path) -> None:
    place = Place("{payload}", str(tmp_path))
    assert place.of(Message(str(tmp_path / "a"))) == tmp_path / "a"
    with pytest.raises(BadData, match="outside the folder"):
        place.of(Message("/etc/passwd"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(alphabet="ab./\\~", max_size=12))
def test_no_text_leads_out_of_the_folder(tmp_path: Path, text: str) -> None:
    for file in ("{topic}", "x/{topic}.log"):
        with contextlib.suppress(BadData):
            assert Place(file, str(tmp_path)).of(Message(topic=text)).is_relative_to(tmp_path)


def test_names_from_messages_need_a_folder() -> None:
    with pytest.raises(ValueError, match="give the folder"):
        Place("{topic}.csv", "")
