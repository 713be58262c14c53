"""``python -m router.console`` is the console's process."""

import sys

from siaga.loading import load

sys.exit(load("router.console.process").main())
