"""The prompts as the console shows them: what is said where, by whose voice, and how it sounds."""
