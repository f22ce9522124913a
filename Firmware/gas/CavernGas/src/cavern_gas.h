#pragma once
// The gas board: answers requests on the serial line.

#ifdef __cplusplus
extern "C" {
#endif

// Sets up line, bus, sensor and watchdog.
void cavern_gas_setup(void);

// Answers what has come; to be called for ever.
void cavern_gas_loop(void);

#ifdef __cplusplus
}
#endif
