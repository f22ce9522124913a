// unixODBC, for the module Conditions.
#include <sql.h>
#include <sqlext.h>

#include "Late.h"

#define ODBC_CALL(name, parameters, ...) LATE(LateOdbc, SQLRETURN, name, parameters, __VA_ARGS__)

ODBC_CALL(SQLAllocHandle, (SQLSMALLINT type, SQLHANDLE input, SQLHANDLE *output), type, input, output)
ODBC_CALL(SQLFreeHandle, (SQLSMALLINT type, SQLHANDLE handle), type, handle)
ODBC_CALL(SQLSetEnvAttr, (SQLHENV handle, SQLINTEGER name, SQLPOINTER value, SQLINTEGER size), handle, name, value, size)
ODBC_CALL(
    SQLSetConnectAttr, (SQLHDBC handle, SQLINTEGER name, SQLPOINTER value, SQLINTEGER size), handle, name, value, size)
ODBC_CALL(
    SQLGetConnectAttr, (SQLHDBC handle, SQLINTEGER name, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *length), handle,
    name, value, size, length)
ODBC_CALL(
    SQLSetStmtAttr, (SQLHSTMT handle, SQLINTEGER name, SQLPOINTER value, SQLINTEGER size), handle, name, value, size)
ODBC_CALL(
    SQLGetInfo, (SQLHDBC handle, SQLUSMALLINT name, SQLPOINTER value, SQLSMALLINT size, SQLSMALLINT *length), handle,
    name, value, size, length)
ODBC_CALL(
    SQLDriverConnect,
    (SQLHDBC handle, SQLHWND window, SQLCHAR *in, SQLSMALLINT inSize, SQLCHAR *out, SQLSMALLINT outSize,
     SQLSMALLINT *outLength, SQLUSMALLINT completion),
    handle, window, in, inSize, out, outSize, outLength, completion)
ODBC_CALL(SQLDisconnect, (SQLHDBC handle), handle)
ODBC_CALL(SQLExecDirect, (SQLHSTMT handle, SQLCHAR *text, SQLINTEGER length), handle, text, length)
ODBC_CALL(
    SQLBindParameter,
    (SQLHSTMT handle, SQLUSMALLINT number, SQLSMALLINT kind, SQLSMALLINT valueType, SQLSMALLINT type, SQLULEN size,
     SQLSMALLINT digits, SQLPOINTER value, SQLLEN length, SQLLEN *indicator),
    handle, number, kind, valueType, type, size, digits, value, length, indicator)
ODBC_CALL(
    SQLBindCol,
    (SQLHSTMT handle, SQLUSMALLINT number, SQLSMALLINT type, SQLPOINTER value, SQLLEN length, SQLLEN *indicator), handle,
    number, type, value, length, indicator)
ODBC_CALL(SQLFetch, (SQLHSTMT handle), handle)
ODBC_CALL(SQLCancel, (SQLHSTMT handle), handle)
ODBC_CALL(
    SQLGetDiagRec,
    (SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT number, SQLCHAR *state, SQLINTEGER *code, SQLCHAR *text,
     SQLSMALLINT size, SQLSMALLINT *length),
    type, handle, number, state, code, text, size, length)
