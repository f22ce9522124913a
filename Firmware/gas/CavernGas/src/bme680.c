#include "bme680.h"

#include <avr/pgmspace.h>
#include <util/delay.h>

#include "twi.h"

// Register addresses and formulas: Bosch Sensortec BST-BME680-DS001 and BST-BME688-DS000, sections 3 and 5.
enum {
  REG_HEATER_VALUE = 0x00,
  REG_HEATER_RANGE = 0x02,
  REG_RANGE_ERROR = 0x04,
  REG_FIELD = 0x1D,
  REG_HEATER_TARGET = 0x5A,
  REG_HEATER_WAIT = 0x64,
  REG_GAS_0 = 0x70,
  REG_GAS_1 = 0x71,
  REG_HUMIDITY = 0x72,
  REG_MEASURE = 0x74,
  REG_CONFIG = 0x75,
  REG_CALIBRATION_1 = 0x89,
  REG_CHIP = 0xD0,
  REG_RESET = 0xE0,
  REG_CALIBRATION_2 = 0xE1,
  REG_VARIANT = 0xF0,
};

#define CHIP_ID 0x61

static uint8_t address, chip, variant;
static uint8_t registers[BME680_CALIBRATION_BYTES];
static int8_t heater_value, range_error;
static uint8_t heater_range;
static int32_t ambient_celsius;

static int16_t word(uint8_t place) { return (int16_t)(registers[place] | (uint16_t)registers[place + 1] << 8); }
static int8_t signed_byte(uint8_t place) { return (int8_t)registers[place]; }

const uint8_t *bme680_calibration(void) { return registers; }
uint8_t bme680_variant(void) { return variant; }
uint8_t bme680_chip(void) { return chip; }

static void wait_milliseconds(uint8_t count) {
  while (count--) {
    _delay_ms(1);
    bme680_waiting();
  }
}

static bool begin_at(uint8_t place) {
  uint8_t byte;
  if (!twi_read(place, REG_CHIP, &chip, 1) || chip != CHIP_ID) return false;
  if (!twi_write(place, REG_RESET, 0xB6)) return false;
  wait_milliseconds(10);
  if (!twi_read(place, REG_CALIBRATION_1, registers, 25) || !twi_read(place, REG_CALIBRATION_2, registers + 25, 16) ||
      !twi_read(place, REG_VARIANT, &variant, 1))
    return false;
  if (!twi_read(place, REG_HEATER_VALUE, &byte, 1)) return false;
  heater_value = (int8_t)byte;
  if (!twi_read(place, REG_HEATER_RANGE, &byte, 1)) return false;
  heater_range = (byte >> 4) & 3;
  if (!twi_read(place, REG_RANGE_ERROR, &byte, 1)) return false;
  // Four bits with a sign.
  range_error = (int8_t)((int8_t)byte >> 4);
  ambient_celsius = 25;
  address = place;
  return true;
}

bool bme680_begin(void) {
  address = 0;
  return begin_at(0x76) || begin_at(0x77);
}

// Section 3.3.5: the value for the heater's register.
static uint8_t heater_target(int32_t celsius) {
  const int32_t first = (ambient_celsius * signed_byte(38) / 10) * 256;
  const int32_t second =
      (signed_byte(37) + 784) * (((((int32_t)word(35) + 154009) * celsius * 5) / 100 + 3276800) / 10);
  const int32_t fourth = (first + second / 2) / (heater_range + 4);
  const int32_t fifth = 131 * (int32_t)heater_value + 65536;
  const int32_t hundredfold = (fourth / fifth - 250) * 34;
  return (uint8_t)((hundredfold + 50) / 100);
}

bme680_state bme680_measure(uint8_t field[BME680_FIELD_BYTES]) {
  if (!address && !bme680_begin()) return BME680_MISSING;
  const bool begun = twi_write(address, REG_HUMIDITY, 2) && twi_write(address, REG_CONFIG, 2 << 2) &&
                     twi_write(address, REG_HEATER_TARGET, heater_target(320)) &&
                     // 37 x 4 ms.
                     twi_write(address, REG_HEATER_WAIT, 0x40 | 37) && twi_write(address, REG_GAS_0, 0) &&
                     twi_write(address, REG_GAS_1, variant ? 0x20 : 0x10) &&
                     twi_write(address, REG_MEASURE, 4 << 5 | 3 << 2 | 1);
  if (!begun) {
    // Gone, or reset by a loose contact: looked for anew with the next request.
    address = 0;
    return BME680_NOT_BEGUN;
  }
  for (uint8_t turn = 0; turn < 50; turn++) {
    wait_milliseconds(10);
    if (!twi_read(address, REG_FIELD, field, BME680_FIELD_BYTES)) break;
    if (field[0] & 0x80) return BME680_OK;
  }
  address = 0;
  return BME680_NOT_COMPLETED;
}

// Division that rounds down, as shifts do.
static int64_t floored(int64_t value, int64_t divisor) {
  const int64_t quotient = value / divisor;
  return value % divisor != 0 && (value < 0) != (divisor < 0) ? quotient - 1 : quotient;
}

// Section 3.3.1.
static int32_t fine_temperature(int32_t raw) {
  const int32_t offset = (raw >> 3) - ((int32_t)(uint16_t)word(33) << 1);
  const int32_t linear = (int32_t)(((int64_t)offset * word(1)) >> 11);
  const int32_t square = (int32_t)(((int64_t)(offset >> 1) * (offset >> 1)) >> 12);
  return linear + (int32_t)(((int64_t)square * ((int32_t)signed_byte(3) << 4)) >> 14);
}

// Section 3.3.2.
static int32_t pressure(int32_t raw, int32_t fine) {
  int64_t first = (fine >> 1) - 64000;
  int64_t second = ((((first >> 2) * (first >> 2)) >> 11) * signed_byte(16)) >> 2;
  second += (first * word(13)) * 2;
  second = (second >> 2) + (int64_t)word(11) * 65536;
  first = (((((first >> 2) * (first >> 2)) >> 13) * ((int64_t)signed_byte(9) * 32)) >> 3) + ((word(7) * first) >> 1);
  first >>= 18;
  first = ((32768 + first) * (uint16_t)word(5)) >> 15;
  if (first == 0) return 0;
  const int64_t span = (1048576 - raw - (second >> 12)) * 3125;
  const int64_t value = span >= 1LL << 31 ? floored(span, first) * 2 : floored(span * 2, first);
  const int64_t ninth = (word(21) * (((value >> 3) * (value >> 3)) >> 13)) >> 12;
  const int64_t eighth = ((value >> 2) * word(19)) >> 13;
  const int64_t part = value >> 8;
  const int64_t tenth = (part * part * part * registers[23]) >> 17;
  return (int32_t)(value + ((ninth + eighth + tenth + (int64_t)signed_byte(15) * 128) >> 4));
}

// Section 3.3.3.
static int32_t humidity(int32_t raw, int32_t centi) {
  const int32_t h1 = (int32_t)registers[27] << 4 | (registers[26] & 15);
  const int32_t h2 = (int32_t)registers[25] << 4 | registers[26] >> 4;
  const int64_t first = raw - h1 * 16 - (floored((int64_t)centi * signed_byte(28), 100) >> 1);
  const int64_t bend = floored((centi * floored((int64_t)centi * signed_byte(30), 100)) >> 6, 100);
  const int64_t second = (h2 * (floored((int64_t)centi * signed_byte(29), 100) + bend + 16384)) >> 10;
  const int64_t product = first * second;
  const int64_t fourth = (((int64_t)registers[31] << 7) + floored((int64_t)centi * signed_byte(32), 100)) >> 4;
  const int64_t fifth = ((product >> 14) * (product >> 14)) >> 10;
  const int64_t value = (((product + ((fourth * fifth) >> 1)) >> 10) * 1000) >> 12;
  return value < 0 ? 0 : value > 100000 ? 100000 : (int32_t)value;
}

static const uint32_t range_first[16] PROGMEM = {
    2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2126008810, 2147483647, 2130303777,
    2147483647, 2147483647, 2143188679, 2136746228, 2147483647, 2126008810, 2147483647, 2147483647};
static const uint32_t range_second[16] PROGMEM = {
    4096000000, 2048000000, 1024000000, 512000000, 255744255, 127110228, 64000000, 32258064,
    16016016,   8000000,    4000000,    2000000,   1000000,   500000,    250000,   125000};

// Section 3.4.1; the BME688 needs no table.
static uint32_t resistance(uint16_t raw, uint8_t range) {
  if (variant) {
    const int32_t divisor = 4096 + ((int32_t)raw - 512) * 3;
    return (uint32_t)((int64_t)(262144L >> range) * 1000000 / divisor);
  }
  const int64_t first = ((1340 + 5 * (int64_t)range_error) * pgm_read_dword(&range_first[range])) >> 16;
  const int64_t second = ((int64_t)raw << 15) - 16777216 + first;
  const int64_t third = ((int64_t)pgm_read_dword(&range_second[range]) * first) >> 9;
  return second == 0 ? 0 : (uint32_t)((third + (second >> 1)) / second);
}

void bme680_compensate(const uint8_t field[BME680_FIELD_BYTES], bme680_values *values) {
  const int32_t raw_pressure = (int32_t)field[2] << 12 | (int32_t)field[3] << 4 | field[4] >> 4;
  const int32_t raw_temperature = (int32_t)field[5] << 12 | (int32_t)field[6] << 4 | field[7] >> 4;
  const int32_t raw_humidity = (int32_t)field[8] << 8 | field[9];
  const uint8_t *gas = field + (variant ? 15 : 13);
  const int32_t fine = fine_temperature(raw_temperature);
  values->centi_celsius = (int32_t)(((int64_t)fine * 5 + 128) >> 8);
  values->pascal = pressure(raw_pressure, fine);
  values->milli_percent = humidity(raw_humidity, values->centi_celsius);
  values->ohm = resistance((uint16_t)(gas[0] << 2 | gas[1] >> 6), gas[1] & 15);
  values->gas_valid = gas[1] & 0x20;
  values->heater_stable = gas[1] & 0x10;
  ambient_celsius = values->centi_celsius / 100;
}
