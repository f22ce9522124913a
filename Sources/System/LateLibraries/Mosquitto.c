// libmosquitto, for the module Bench.
#include <mosquitto.h>

#include "Late.h"

#define MQTT(result, name, parameters, ...) LATE(LateMosquitto, result, name, parameters, __VA_ARGS__)

MQTT(int, mosquitto_lib_init, (void))
MQTT(struct mosquitto *, mosquitto_new, (const char *name, bool clean, void *context), name, clean, context)
MQTT(void, mosquitto_destroy, (struct mosquitto * client), client)
MQTT(
    int, mosquitto_connect_async, (struct mosquitto * client, const char *host, int port, int keepalive), client, host,
    port, keepalive)
MQTT(int, mosquitto_disconnect, (struct mosquitto * client), client)
MQTT(
    int, mosquitto_publish,
    (struct mosquitto * client, int *message, const char *topic, int size, const void *bytes, int quality, bool retain),
    client, message, topic, size, bytes, quality, retain)
MQTT(int, mosquitto_loop_start, (struct mosquitto * client), client)
MQTT(int, mosquitto_loop_stop, (struct mosquitto * client, bool force), client, force)
MQTT(
    int, mosquitto_reconnect_delay_set, (struct mosquitto * client, unsigned least, unsigned most, bool exponential), client,
    least, most, exponential)
