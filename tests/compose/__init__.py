"""The containers of docker-compose.yml tried for real: ``python -m tests.compose``."""
