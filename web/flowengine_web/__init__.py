"""The web side: the API, the live stream, and the canvas that stands on them."""
