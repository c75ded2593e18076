"""Whom we talk to: one file a counterpart, each a set of plain functions.

May import ``plans`` only. Use cases that talk to the outside (gather from an agency, deliver a
notice) live here, so that a flow, a page and a command call the same one. No Prefect.
"""
