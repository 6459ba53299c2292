"""The zip that is deployed: made of what is pinned and nothing else, byte for byte the same from the same input."""
