#pragma once
// SQLite: the durable store and offline copies of databases.
#include <sqlite3.h>
