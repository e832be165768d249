"""The parts of docker/package."""
