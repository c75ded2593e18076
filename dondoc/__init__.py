"""Where people and departments meet Dondoc: the commands now, the HTTP API and pages later.

May import every other room. Handlers parse, call one use case, and render; no rule lives here.
"""
