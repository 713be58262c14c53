"""The door: whoever fails to log in too often is kept out for a while.

``events`` reads what Asterisk says of log-ins, ``watch`` decides, ``keeper`` has Asterisk do it.
"""

from router.door.keeper import DoorKeeper
from router.door.watch import Block, Policy, Watch

__all__ = ["Block", "DoorKeeper", "Policy", "Watch"]
