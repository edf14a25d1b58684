"""Certificates are spoken of before they end."""

from __future__ import annotations

import logging
import subprocess
import time
from pathlib import Path

import pytest

from flowengine.certificates import BEFORE, CertificateWatch, end_of_file, warning_of
from flowengine.clock import VirtualClock

DAY = 24 * 3600.0


def test_a_certificate_is_spoken_of_from_30_days_before_its_end() -> None:
    assert warning_of({"ours": BEFORE + 1}, 0) == ""
    assert warning_of({"theirs": 10 * DAY, "ours": BEFORE - 1}, 0) == (
        "theirs ends on 1970-01-11: renew it; ours ends on 1970-01-30: renew it"
    )
    assert warning_of({"ours": 0.0}, 1.0) == "ours ended on 1970-01-01: renew it"


def test_a_connection_that_lasts_for_months_hears_of_it_in_time(caplog: pytest.LogCaptureFixture) -> None:
    clock, told = VirtualClock(epoch=0.0), []

    async def main() -> None:
        watch = CertificateWatch(
            clock, logging.getLogger("flowengine.test"), lambda said: told.append((clock.now(), said))
        )
        watch.look({"ours": 100 * DAY})
        await clock.sleep(69 * DAY)
        assert told == []
        await clock.sleep(20 * DAY)
        watch.look({"ours": 300 * DAY})
        watch.stop()

    clock.run(main())
    assert told[0][0] == pytest.approx(70 * DAY, abs=2)
    assert len(caplog.records) == 1, "logged once, however often it is looked at"


def test_a_file_says_when_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "c.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    began = time.time()
    subprocess.run(
        [*command, "-keyout", tmp_path / "k.pem", "-out", file, "-days", "5", "-subj", "/CN=x"],
        check=True,
        capture_output=True,
    )
    assert began - 1 <= end_of_file(file) - 5 * DAY <= time.time()
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(ValueError, match="PEM"):
        end_of_file(tmp_path / "none.pem")
