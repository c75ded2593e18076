"""That a browser leaves nothing behind for the tests after it."""

from __future__ import annotations

import asyncio

import pytest

from tests.browsing import launched

pytestmark = pytest.mark.xdist_group("browser")


def test_once_it_is_closed_loops_may_run_again() -> None:
    with launched() as browser:  # refused while another is open in this process
        assert browser.is_connected()
    asyncio.run(asyncio.sleep(0))
