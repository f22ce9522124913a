#pragma once
// Nettle: SHA-256 with the processor's own instructions where it has them.
#include <nettle/sha2.h>
