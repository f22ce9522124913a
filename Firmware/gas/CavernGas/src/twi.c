#include "twi.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/twi.h>

// One byte takes 90 us at 100 kHz; a bus that is stuck must not stop the program until the watchdog bites.
#define WAIT_TURNS 4000u

void twi_begin(void) {
  TWSR = 0;
  TWBR = (uint8_t)((F_CPU / 100000UL - 16) / 2);
  TWCR = _BV(TWEN);
}

static volatile bool is_done;

// The step is over; TWINT stays set, which holds the bus until the next step.
ISR(TWI_vect) {
  TWCR = _BV(TWEN);
  is_done = true;
}

// Starts a step and waits for it; returns the bus status, 0 when it does not end.
//
// The end is told by the interrupt: simavr 1.6 shows TWINT set again at once to a program that polls it.
static uint8_t step(uint8_t control) {
  is_done = false;
  TWCR = (uint8_t)(_BV(TWINT) | _BV(TWEN) | _BV(TWIE) | control);
  for (uint16_t turn = 0; turn < WAIT_TURNS; turn++) {
    if (is_done) return TW_STATUS;
  }
  return 0;
}

static uint8_t send(uint8_t byte) {
  TWDR = byte;
  return step(0);
}

static void stop(void) {
  TWCR = _BV(TWINT) | _BV(TWEN) | _BV(TWSTO);
  for (uint16_t turn = 0; turn < WAIT_TURNS && (TWCR & _BV(TWSTO)); turn++) {
  }
}

// Whether a byte sent was acknowledged: simavr 1.6 gives the status of data for the address as well, which the controller
// itself never does at that place.
static bool is_acknowledged(uint8_t status) { return status == TW_MT_SLA_ACK || status == TW_MT_DATA_ACK; }

// Addresses a register for writing.
static bool open_register(uint8_t address, uint8_t reg) {
  return step(_BV(TWSTA)) == TW_START && is_acknowledged(send((uint8_t)(address << 1))) &&
         is_acknowledged(send(reg));
}

bool twi_write(uint8_t address, uint8_t reg, uint8_t value) {
  const bool done = open_register(address, reg) && is_acknowledged(send(value));
  stop();
  return done;
}

bool twi_read(uint8_t address, uint8_t reg, uint8_t *bytes, uint8_t count) {
  bool done = open_register(address, reg) && step(_BV(TWSTA)) == TW_REP_START &&
              send((uint8_t)(address << 1 | 1)) == TW_MR_SLA_ACK;
  for (uint8_t place = 0; done && place < count; place++) {
    // The last byte is not acknowledged, which ends the transfer.
    const bool is_last = place + 1 == count;
    done = step(is_last ? 0 : _BV(TWEA)) == (is_last ? TW_MR_DATA_NACK : TW_MR_DATA_ACK);
    bytes[place] = TWDR;
  }
  stop();
  return done;
}
