"""`flowengine top`: a running engine in the terminal."""
