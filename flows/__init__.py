"""When it happens: one thin Prefect flow a file; ``prefect.yaml`` deploys them.

May import ``integrations`` and ``plans``. A flow fetches ids, calls a use case, records; it is
safe to run twice, to kill at any line and to start again. No file here bears a library's name:
Prefect puts this folder at the front of ``sys.path``.
"""
