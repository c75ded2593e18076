"""Reports again and again, as a process of its own, until it is ended: ``python -m … URL``.

Each report is words and an entry of the ledger, in one transaction; its number is printed once it
was committed.
"""

from __future__ import annotations

import sys
from itertools import count

from plans.store import open_engine, writing
from plans.store.ledger import append, put_text
from plans.terms import EventKind
from tests.builders import build_event
from tests.offices import DAY, assignment


def main(url: str) -> None:
    engine = open_engine(url)
    key = assignment(engine, "mau/mot/so-y-te").id
    for n in count(1):
        with writing(engine) as connection:
            text = put_text(connection, {"result": f"Đã làm việc thứ {n}"})
            event = build_event(EventKind.UPDATED, DAY, percent=n % 100, text=text)
            append(connection, {key: [event]})
        print(n, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
