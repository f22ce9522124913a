#pragma once
// Zstandard: baskets of ROOT files.
#include <zstd.h>
