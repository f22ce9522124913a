#pragma once
// The serial line: 115200 baud, 8N1, received bytes in a buffer of 64.
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Sets up the line and its interrupt.
void uart_begin(void);

// Takes a received byte; false when there is none.
bool uart_take(uint8_t *byte);

// Sends a byte and waits until there is room for the next.
void uart_put(uint8_t byte);

#ifdef __cplusplus
}
#endif
