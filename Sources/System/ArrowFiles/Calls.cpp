// The door of the library: the program that loads it asks for this one symbol.
#include "Shared.hpp"

namespace carrow {
decltype(&carrow_share) share = nullptr;
}

extern "C" __attribute__((visibility("default"))) const CArrowCalls *carrow_connect(
    const char *interface, decltype(&carrow_share) share) {
  if (carrow_interface() != interface) return nullptr;
  carrow::share = share;
#define CARROW_POINTER(name) carrow::name,
  static const CArrowCalls calls = {CARROW_CALLS(CARROW_POINTER)};
#undef CARROW_POINTER
  return &calls;
}
