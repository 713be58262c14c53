"""The command line, set-up of the Asterisk runtime, supervision, demonstration and checks."""
