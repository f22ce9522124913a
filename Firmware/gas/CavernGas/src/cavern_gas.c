#include "cavern_gas.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <avr/wdt.h>

#include "bme680.h"
#include "uart.h"
#include "twi.h"

// Requests (version 0: R alone):
//   R            296.41;101325.00;34.20;53211
//   V            CAVERN-GAS;1;<board>;<chip>;<variant>
//   M<seq> LF    M;<seq>;<T>;<P>;<RH>;<ohm>;<status>*<crc>
//   C            C;<82 hex digits>*<crc>
//   D<seq> LF    D;<seq>;<34 hex digits>*<crc>

static uint16_t checksum;
static char request;
static uint32_t sequence;
static uint8_t digits;

// A watchdog reset leaves the watchdog on with its shortest time: off before anything else runs.
void cavern_gas_after_reset(void) __attribute__((naked, used, section(".init3")));
void cavern_gas_after_reset(void) {
  MCUSR = 0;
  wdt_disable();
}

void bme680_waiting(void) { wdt_reset(); }

static void put(char letter) {
  // CRC-16/CCITT, polynomial 0x1021.
  checksum ^= (uint16_t)((uint8_t)letter << 8);
  for (uint8_t bit = 0; bit < 8; bit++) checksum = checksum & 0x8000 ? (uint16_t)(checksum << 1 ^ 0x1021) : (uint16_t)(checksum << 1);
  uart_put((uint8_t)letter);
}

static void put_text(PGM_P text) {
  char letter;
  while ((letter = (char)pgm_read_byte(text++))) put(letter);
}

static void put_number(uint32_t value) {
  char text[10];
  uint8_t count = 0;
  do {
    text[count++] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  while (count) put(text[--count]);
}

// A number of hundredths with its point.
static void put_hundredths(int32_t value) {
  if (value < 0) {
    put('-');
    value = -value;
  }
  put_number((uint32_t)value / 100);
  put('.');
  put((char)('0' + value / 10 % 10));
  put((char)('0' + value % 10));
}

static void put_hex(uint8_t byte) {
  for (uint8_t half = 0; half < 2; half++) {
    const uint8_t digit = half ? byte & 15 : byte >> 4;
    put((char)(digit < 10 ? '0' + digit : 'A' + digit - 10));
  }
}

static void end_line(void) {
  uart_put('\r');
  uart_put('\n');
}

static void begin_checked(void) { checksum = 0xFFFF; }

static void end_checked(void) {
  const uint16_t value = checksum;
  put('*');
  put_hex((uint8_t)(value >> 8));
  put_hex((uint8_t)value);
  end_line();
}

static void put_values(const bme680_values *values) {
  put_hundredths(values->centi_celsius + 27315);
  put(';');
  put_hundredths(values->pascal * 100);
  put(';');
  put_hundredths(values->milli_percent / 10);
  put(';');
}

static void answer_failure(bme680_state state) {
  switch (state) {
    case BME680_MISSING: put_text(PSTR("Could not find a valid BME680 sensor, check wiring!")); break;
    case BME680_NOT_BEGUN: put_text(PSTR("Failed to begin reading :(")); break;
    default: put_text(PSTR("Failed to complete reading :(")); break;
  }
  end_line();
}

static void answer_measurement(char kind) {
  uint8_t field[BME680_FIELD_BYTES];
  const bme680_state state = bme680_measure(field);
  if (state != BME680_OK) return answer_failure(state);
  bme680_values values;
  bme680_compensate(field, &values);
  const bool is_ready = values.gas_valid && values.heater_stable;
  begin_checked();
  if (kind == 'R') {
    put_values(&values);
    // 0 stands for a resistance that does not hold.
    put_number(is_ready ? values.ohm : 0);
    return end_line();
  }
  put(kind);
  put(';');
  put_number(sequence);
  put(';');
  if (kind == 'D') {
    for (uint8_t place = 0; place < BME680_FIELD_BYTES; place++) put_hex(field[place]);
  } else {
    put_values(&values);
    put_number(values.ohm);
    put(';');
    put((char)('0' + (values.gas_valid ? 1 : 0) + (values.heater_stable ? 2 : 0)));
  }
  end_checked();
}

static void answer_calibration(void) {
  if (!bme680_chip() && !bme680_begin()) return answer_failure(BME680_MISSING);
  begin_checked();
  put('C');
  put(';');
  for (uint8_t place = 0; place < BME680_CALIBRATION_BYTES; place++) put_hex(bme680_calibration()[place]);
  end_checked();
}

static void answer_version(void) {
  put_text(PSTR("CAVERN-GAS;1;atmega328p;"));
  put_hex(bme680_chip());
  put(';');
  put_number(bme680_variant());
  end_line();
}

static void take(uint8_t byte) {
  if (request) {
    if (byte >= '0' && byte <= '9' && digits < 9) {
      sequence = sequence * 10 + (byte - '0');
      digits++;
      return;
    }
    const char kind = request;
    request = 0;
    // Anything but a number and a line feed is no request; the byte itself may begin one.
    if (byte == '\n' && digits) return answer_measurement(kind);
  }
  switch (byte) {
    case 'R': answer_measurement('R'); break;
    case 'V': answer_version(); break;
    case 'C': answer_calibration(); break;
    case 'M':
    case 'D':
      request = (char)byte;
      sequence = 0;
      digits = 0;
      break;
    default: break;
  }
}

void cavern_gas_setup(void) {
  uart_begin();
  twi_begin();
  sei();
  wdt_enable(WDTO_2S);
  if (!bme680_begin()) answer_failure(BME680_MISSING);
}

void cavern_gas_loop(void) {
  uint8_t byte;
  wdt_reset();
  if (uart_take(&byte)) take(byte);
}
