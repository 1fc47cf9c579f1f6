"""Run the command line: `python -m tallymark_conformance`."""

from __future__ import annotations

import sys

from tallymark_conformance.cli import main

if __name__ == "__main__":
    sys.exit(main())
