// HTTP on loopback: pages and events for browsers and scripts.
