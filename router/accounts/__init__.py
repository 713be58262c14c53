"""Who may do what in the console, and how they prove who they are: rules, without a database."""
