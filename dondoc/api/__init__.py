"""The HTTP API: parse, call one use case, answer. No rule lives here.

``app.py`` puts it together; each file of ``routes/`` holds a few related calls, each of which
declares what a caller must be allowed to do (``routing.allow``). Errors are raised as those of
``plans.errors`` and become RFC 9457 problems in ``problems.py``.
"""
