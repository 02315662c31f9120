"""`python -m lapel` is the command `lapel`."""

import sys

from lapel.cli import main

if __name__ == "__main__":
    sys.exit(main())
