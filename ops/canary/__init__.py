"""Test calls of our own, each the whole way of a call: docs/decisions/canary.md.

``python -m ops.canary`` makes one every few minutes; ``siaga112 canary --once`` makes one now.
"""
