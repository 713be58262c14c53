"""Incidents: what has happened, told of by one call or by many, and what was sent there."""
