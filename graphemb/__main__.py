"""``python -m graphemb`` is ``graphemb``."""

import sys

from graphemb.cli.app import main

sys.exit(main())
