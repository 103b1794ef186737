"""`python -m vidner` is the command line."""

import sys

from vidner.cli import main

sys.exit(main())
