"""The figures of the service for the pages: asked for, reckoned beside the loop, put into rows."""
