"""What the pages of incidents are made from, and what their forms ask of the router."""
