// Transports, drivers and simulators of instruments.
