#pragma once
// The two-wire bus as master, 100 kHz, every wait bounded.
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Sets up the bus.
void twi_begin(void);

// Writes one register of a device; false when the device does not acknowledge.
bool twi_write(uint8_t address, uint8_t reg, uint8_t value);

// Reads registers of a device; false when the device does not acknowledge.
bool twi_read(uint8_t address, uint8_t reg, uint8_t *bytes, uint8_t count);

#ifdef __cplusplus
}
#endif
