"""Webhooks out: what happens at the centre, posted to addresses that admins have subscribed.

``model`` and ``posts`` say what is told, ``calls`` what a record tells, ``addresses`` where to.
:mod:`router.store.hooks` keeps it, ``service`` is the router's part that delivers.
"""
