"""The live board as pages show it: follows the router's stream, renders, and feeds browsers.

``held`` and ``regency`` are pure; ``fragments`` renders; ``follow`` reads the router's stream;
``feed`` writes to browsers.
"""
