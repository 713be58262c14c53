"""``python -m ops`` is the command line."""

from siaga.loading import load

load("ops.cli").main()
