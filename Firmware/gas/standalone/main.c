// The gas board's firmware without the Arduino environment.
#include "../CavernGas/src/cavern_gas.h"

int main(void) {
  cavern_gas_setup();
  for (;;) cavern_gas_loop();
}
