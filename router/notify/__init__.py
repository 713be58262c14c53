"""Notifications: what an agency is told of a call, delivered at least once.

Outsiders use :class:`Announcer` and :class:`Messenger` to make them, and a :class:`DeliveryWorker`
for each channel to deliver them.
"""

from router.notify.announce import CALL_RINGING, WEBHOOK, Announcer
from router.notify.contacts import ACCEPT_PATH, BOARD, Messenger
from router.notify.webhook import Webhook, WebhookLimits
from router.notify.worker import DeliveryPolicy, DeliveryWorker, Sender

__all__ = [
    "ACCEPT_PATH",
    "BOARD",
    "CALL_RINGING",
    "WEBHOOK",
    "Announcer",
    "DeliveryPolicy",
    "DeliveryWorker",
    "Messenger",
    "Sender",
    "Webhook",
    "WebhookLimits",
]
