"""``python -m router`` is the router's process."""

import sys

from siaga.loading import load

sys.exit(load("router.process").main())
