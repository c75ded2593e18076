"""Benchmarks: what the record and the rules cost, against named limits, in one interleaved run.

May import ``plans`` and ``integrations``. Absolute figures drift with the machine; read the ratios.
"""
