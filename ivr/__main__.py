"""``python -m ivr`` is the menu's process."""

from siaga.loading import load

load("ivr.process").main()
