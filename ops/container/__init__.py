"""What runs inside the containers of docker-compose.yml beside the node itself."""
