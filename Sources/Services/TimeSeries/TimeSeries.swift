// The durable local store of series, and clients of time-series servers.
