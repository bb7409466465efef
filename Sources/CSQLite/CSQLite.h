#ifndef GATEHOUSE_CSQLITE_H
#define GATEHOUSE_CSQLITE_H

#include <sqlite3.h>

#endif
