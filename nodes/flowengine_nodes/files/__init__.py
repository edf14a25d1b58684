"""Files: following, watching, reading and writing them."""
