"""Tests that share a server run in one process: else each process starts one of its own."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("kept")
def test_a_group_is_kept_together(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@kept"), "pytest-xdist does not see the groups"
