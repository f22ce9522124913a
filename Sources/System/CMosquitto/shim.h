#pragma once
// libmosquitto: MQTT.
#include <mosquitto.h>
