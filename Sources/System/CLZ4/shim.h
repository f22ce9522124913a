#pragma once
// lz4: baskets of ROOT files.
#include <lz4.h>
