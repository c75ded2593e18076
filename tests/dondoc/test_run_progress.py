"""A long run says now and then how far it is."""

from __future__ import annotations

import logging

import pytest

from dondoc.cli import runs
from integrations import delivery


def test_how_far_a_delivery_is_is_said_while_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("integrations.delivery")
    before = (log.level, list(log.handlers))
    with runs._progress():
        delivery.tell(delivery.Progress(500, 3355, 4.0))
    delivery.tell(delivery.Progress(1000, 3355, 8.0))
    assert capsys.readouterr().err == "… 500 of 3355 messages, 125 a second\n"
    assert (log.level, list(log.handlers)) == before
