"""Homes as earlier releases left them, for the tests that a release takes them over."""
