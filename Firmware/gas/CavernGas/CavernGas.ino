// The gas board's firmware as an Arduino sketch: open this file, choose "Arduino Uno", upload.
#include "src/cavern_gas.h"

void setup() { cavern_gas_setup(); }

void loop() { cavern_gas_loop(); }
