"""Each part of a centre of two nodes is killed while calls are up; a table tells what was lost."""
