"""What follows the call: live events, call records, dispatch, notifications."""
