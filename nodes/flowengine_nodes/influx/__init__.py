"""InfluxDB: the line protocol over HTTP."""
