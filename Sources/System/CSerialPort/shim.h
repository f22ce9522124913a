#pragma once
// libserialport: serial lines.
#include <libserialport.h>
