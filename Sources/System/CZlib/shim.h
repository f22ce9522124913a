#pragma once
// zlib: baskets of ROOT files.
#include <zlib.h>
