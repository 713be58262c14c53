"""Handsets in browsers: who has which, and the way from a browser to Asterisk."""
