"""What a user would pick instead, each as a small honest program in a process of its own."""
