#pragma once
// Driver of the BME680 and BME688: forced measurements with heater, compensation in integers.
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BME680_CALIBRATION_BYTES 41
#define BME680_FIELD_BYTES 17

// What a measurement gives.
typedef struct {
  int32_t centi_celsius;
  int32_t pascal;
  int32_t milli_percent;
  uint32_t ohm;
  bool gas_valid;
  bool heater_stable;
} bme680_values;

typedef enum { BME680_OK, BME680_MISSING, BME680_NOT_BEGUN, BME680_NOT_COMPLETED } bme680_state;

// Looks for the sensor at 0x76 and 0x77, resets it and reads its calibration.
bool bme680_begin(void);

// One forced measurement: temperature 8x, pressure 4x, humidity 2x, filter 3, heater 320 C for 150 ms.
// The registers are left in `field`.
bme680_state bme680_measure(uint8_t field[BME680_FIELD_BYTES]);

// The values of registers.
void bme680_compensate(const uint8_t field[BME680_FIELD_BYTES], bme680_values *values);

// The 41 calibration bytes: 25 from 0x89, 16 from 0xE1.
const uint8_t *bme680_calibration(void);

// Register 0xF0: 0 BME680, 1 BME688.
uint8_t bme680_variant(void);

// Register 0xD0.
uint8_t bme680_chip(void);

// Called while waiting, at least every 10 ms.
void bme680_waiting(void);

#ifdef __cplusplus
}
#endif
