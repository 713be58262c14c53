"""The console: pages for people and ``/api/v1`` for their machines, in a process of its own.

It reads the database, writes its own tables alone, and acts by asking the router.
"""
