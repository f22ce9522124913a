#pragma once
// unixODBC: conditions databases.
#include <sql.h>
#include <sqlext.h>
