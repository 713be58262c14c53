"""The trial of an edge that handsets log in at, before two whole nodes."""
