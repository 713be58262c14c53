"""The shared kernel: names, settings, errors, the routing plan. Pure; imports nothing of ours."""
