"""``python -m tests.annexes DIR`` writes every measured annex as a file, for people to look at."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.annexes.every import ANNEXES


def main() -> None:
    """Write the files, and say which."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    folder.mkdir(parents=True, exist_ok=True)
    for annex in ANNEXES:
        path = folder / annex.file
        path.write_bytes(annex.make())
        print(f"{path}: {annex.about}")


if __name__ == "__main__":
    main()
