"""Notifications: what an agency is told of a call, delivered at least once.

Outsiders use :class:`Announcer` to make them and :class:`WebhookWorker` to deliver them.
"""

from router.notify.announce import CALL_RINGING, WEBHOOK, Announcer
from router.notify.webhook import Webhook, WebhookLimits
from router.notify.worker import DeliveryPolicy, WebhookWorker

__all__ = [
    "CALL_RINGING",
    "WEBHOOK",
    "Announcer",
    "DeliveryPolicy",
    "Webhook",
    "WebhookLimits",
    "WebhookWorker",
]
