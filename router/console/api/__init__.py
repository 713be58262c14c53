"""``/api/v1``, the interface for machines: what it takes and answers is written down once.

A model says what a route takes and answers: by it a request is judged, and OpenAPI's document made.
"""
