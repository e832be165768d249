"""The double's speed and scale, measured against its peers."""
