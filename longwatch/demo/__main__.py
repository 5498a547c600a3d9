"""`python -m longwatch.demo`."""

import signal
import sys

# What follows takes a moment to import; Ctrl-C in that moment deserves the same end as later.
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))

from longwatch.demo.command import main  # noqa: E402

sys.exit(main())
