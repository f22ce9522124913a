#include "uart.h"

#include <avr/interrupt.h>
#include <avr/io.h>

#define BUFFER_SIZE 64u

static volatile uint8_t buffer[BUFFER_SIZE];
static volatile uint8_t head, tail;

void uart_begin(void) {
  // Double speed: 16 MHz / 8 / 17 = 117647 baud, 2.1 % off, within what 8N1 bears.
  UBRR0 = (uint16_t)((F_CPU / 8 + 115200UL / 2) / 115200UL - 1);
  UCSR0A = _BV(U2X0);
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

ISR(USART_RX_vect) {
  const uint8_t byte = UDR0;
  const uint8_t next = (uint8_t)((head + 1) % BUFFER_SIZE);
  // A full buffer loses the newest byte: the host then sees a missing reply and not a wrong one.
  if (next != tail) {
    buffer[head] = byte;
    head = next;
  }
}

bool uart_take(uint8_t *byte) {
  if (head == tail) return false;
  *byte = buffer[tail];
  tail = (uint8_t)((tail + 1) % BUFFER_SIZE);
  return true;
}

void uart_put(uint8_t byte) {
  while (!(UCSR0A & _BV(UDRE0))) {
  }
  UDR0 = byte;
}
