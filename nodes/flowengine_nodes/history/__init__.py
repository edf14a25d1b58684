"""A historian: tags over time, compressed in one SQLite file, thinned out as they grow old."""
