"""``python -m ops`` is the command line."""

from ops.cli import main

main()
