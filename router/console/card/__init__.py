"""The call card: what an operator sees of the call at their handset, and does about it."""
