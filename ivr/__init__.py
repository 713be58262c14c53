"""The voice menu: asks the caller what the emergency is."""
