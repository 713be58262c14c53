"""``siaga112 report``: the figures of a period, on the terminal, as files and for the ministry."""
