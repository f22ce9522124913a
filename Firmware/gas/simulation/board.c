// A gas board in simavr: the firmware on an ATmega328P, a BME680 on its two-wire bus, its serial line on a pseudo terminal.
//
//   board FIRMWARE.elf CALIBRATION FIELD VARIANT HEATER_RANGE HEATER_VALUE RANGE_ERROR
//
// CALIBRATION: 41 bytes in hexadecimal, or `none` for a board without sensor; FIELD: the 17 bytes of each measurement.
// Prints the device to open; ends when standard input closes. Lines `gone` and `back` on it take the sensor off the bus and put
// it on again.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <simavr/avr_twi.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_time.h>

typedef struct {
  avr_t *avr;
  avr_irq_t *irq;
  uint8_t registers[256], field[17];
  uint8_t pointer, present, selected, written;
  avr_cycle_count_t ready;
  int measuring;
} sensor_t;

static sensor_t sensor;
static int line = -1;
static int may_send = 1;

static int hexadecimal(const char *text, uint8_t *bytes, int count) {
  if (strlen(text) != (size_t)count * 2) return 0;
  for (int place = 0; place < count; place++) {
    unsigned value;
    if (sscanf(text + 2 * place, "%2x", &value) != 1) return 0;
    bytes[place] = (uint8_t)value;
  }
  return 1;
}

// The data are new when heater and conversions have taken their time.
static void refresh(void) {
  if (!sensor.measuring || sensor.avr->cycle < sensor.ready) return;
  sensor.measuring = 0;
  memcpy(sensor.registers + 0x1D, sensor.field, sizeof sensor.field);
}

static void written(uint8_t reg, uint8_t value) {
  sensor.registers[reg] = value;
  if (reg == 0x74 && (value & 3) == 1) {
    sensor.registers[0x1D] &= 0x7F;
    sensor.measuring = 1;
    sensor.ready = sensor.avr->cycle + avr_usec_to_cycles(sensor.avr, 180000);
  }
}

static void on_bus(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  avr_twi_msg_irq_t message = {.u.v = value};
  const uint8_t kind = message.u.twi.msg;
  if (kind & TWI_COND_STOP) sensor.selected = 0;
  if (kind & TWI_COND_START) {
    sensor.selected = 0;
    if (sensor.present && message.u.twi.addr >> 1 == 0x76) {
      sensor.selected = message.u.twi.addr;
      sensor.written = 0;
      avr_raise_irq(sensor.irq + TWI_IRQ_INPUT, avr_twi_irq_msg(TWI_COND_ACK, sensor.selected, 1));
    }
  }
  if (!sensor.selected) return;
  if (kind & TWI_COND_WRITE) {
    avr_raise_irq(sensor.irq + TWI_IRQ_INPUT, avr_twi_irq_msg(TWI_COND_ACK, sensor.selected, 1));
    // Register and value alternate.
    if (sensor.written++ % 2 == 0) {
      sensor.pointer = message.u.twi.data;
    } else {
      written(sensor.pointer, message.u.twi.data);
    }
  }
  if (kind & TWI_COND_READ) {
    refresh();
    avr_raise_irq(sensor.irq + TWI_IRQ_INPUT,
                  avr_twi_irq_msg(TWI_COND_READ, sensor.selected, sensor.registers[sensor.pointer++]));
  }
}

static void on_uart_byte(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  const uint8_t byte = (uint8_t)value;
  if (write(line, &byte, 1) < 0) return;
}

static void on_xon(struct avr_irq_t *irq, uint32_t value, void *parameter) { may_send = 1; }
static void on_xoff(struct avr_irq_t *irq, uint32_t value, void *parameter) { may_send = 0; }

static const char *bus_names[] = {[TWI_IRQ_INPUT] = "8>bme680.out", [TWI_IRQ_OUTPUT] = "32<bme680.in"};

static void connect_sensor(avr_t *avr) {
  sensor.avr = avr;
  sensor.irq = avr_alloc_irq(&avr->irq_pool, 0, 2, bus_names);
  avr_irq_register_notify(sensor.irq + TWI_IRQ_OUTPUT, on_bus, NULL);
  avr_connect_irq(sensor.irq + TWI_IRQ_INPUT, avr_io_getirq(avr, AVR_IOCTL_TWI_GETIRQ(0), TWI_IRQ_INPUT));
  avr_connect_irq(avr_io_getirq(avr, AVR_IOCTL_TWI_GETIRQ(0), TWI_IRQ_OUTPUT), sensor.irq + TWI_IRQ_OUTPUT);
}

static void connect_line(avr_t *avr) {
  line = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  struct termios settings;
  if (line < 0 || grantpt(line) || unlockpt(line) || tcgetattr(line, &settings)) {
    perror("pseudo terminal");
    exit(1);
  }
  cfmakeraw(&settings);
  tcsetattr(line, TCSANOW, &settings);
  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
  flags &= ~(uint32_t)AVR_UART_FLAG_STDIO;
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_uart_byte, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), on_xon, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), on_xoff, NULL);
}

static void take_host_bytes(avr_t *avr) {
  avr_irq_t *input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
  uint8_t byte;
  // UCSR0B, RXEN0: what comes before the firmware listens is lost, as on the board.
  const int is_deaf = !(avr->data[0xC1] & 0x10);
  while (may_send && read(line, &byte, 1) == 1) {
    if (!is_deaf) avr_raise_irq(input, byte);
  }
}

// False when standard input has closed.
static int take_commands(void) {
  struct pollfd entry = {.fd = 0, .events = POLLIN};
  if (poll(&entry, 1, 0) <= 0) return 1;
  char text[64];
  const ssize_t count = read(0, text, sizeof text - 1);
  if (count <= 0) return 0;
  text[count] = 0;
  if (strstr(text, "gone")) sensor.present = 0;
  if (strstr(text, "back")) sensor.present = 1;
  return 1;
}

int main(int count, char **words) {
  if (count != 8) {
    fprintf(stderr, "board FIRMWARE CALIBRATION FIELD VARIANT HEATER_RANGE HEATER_VALUE RANGE_ERROR\n");
    return 64;
  }
  uint8_t calibration[41] = {0};
  sensor.present = strcmp(words[2], "none") != 0;
  if ((sensor.present && !hexadecimal(words[2], calibration, 41)) || !hexadecimal(words[3], sensor.field, 17)) return 64;
  memcpy(sensor.registers + 0x89, calibration, 25);
  memcpy(sensor.registers + 0xE1, calibration + 25, 16);
  sensor.registers[0xD0] = 0x61;
  sensor.registers[0xF0] = (uint8_t)atoi(words[4]);
  sensor.registers[0x02] = (uint8_t)(atoi(words[5]) << 4);
  sensor.registers[0x00] = (uint8_t)atoi(words[6]);
  sensor.registers[0x04] = (uint8_t)(atoi(words[7]) << 4);
  // simavr writes remarks to standard output, which is kept for the device's name.
  FILE *output = fdopen(dup(1), "w");
  if (!output || dup2(2, 1) < 0) return 71;
  elf_firmware_t firmware = {0};
  if (elf_read_firmware(words[1], &firmware)) return 66;
  avr_t *avr = avr_make_mcu_by_name("atmega328p");
  if (!avr) return 70;
  avr_init(avr);
  avr->log = LOG_ERROR;
  avr->frequency = 16000000;
  avr_load_firmware(avr, &firmware);
  connect_sensor(avr);
  connect_line(avr);
  fprintf(output, "%s\n", ptsname(line));
  fclose(output);
  for (unsigned turn = 0;; turn++) {
    const int state = avr_run(avr);
    if (state == cpu_Done || state == cpu_Crashed) return 1;
    if (turn % 512 == 0) take_host_bytes(avr);
    if (turn % 65536 == 0 && !take_commands()) return 0;
  }
}
