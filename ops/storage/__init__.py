"""What is kept: held, released, audited, from the command line."""
