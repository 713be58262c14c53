"""The release: wheel and source archive, byte for byte the same each time, and what is in them."""
