// libarchive, for the module VeloCalibration.
#include <archive.h>
#include <archive_entry.h>

#include "Late.h"

#define ARCHIVE(result, name, parameters, ...) LATE(LateArchive, result, name, parameters, __VA_ARGS__)

ARCHIVE(struct archive *, archive_read_new, (void))
ARCHIVE(int, archive_read_free, (struct archive * a), a)
ARCHIVE(int, archive_read_support_filter_all, (struct archive * a), a)
ARCHIVE(int, archive_read_support_format_empty, (struct archive * a), a)
ARCHIVE(int, archive_read_support_format_raw, (struct archive * a), a)
ARCHIVE(int, archive_read_support_format_tar, (struct archive * a), a)
ARCHIVE(int, archive_read_open_filename, (struct archive * a, const char *path, size_t block), a, path, block)
ARCHIVE(int, archive_read_open_memory, (struct archive * a, const void *bytes, size_t size), a, bytes, size)
ARCHIVE(int, archive_read_next_header, (struct archive * a, struct archive_entry **entry), a, entry)
ARCHIVE(la_ssize_t, archive_read_data, (struct archive * a, void *bytes, size_t size), a, bytes, size)
ARCHIVE(const char *, archive_error_string, (struct archive * a), a)
ARCHIVE(mode_t, archive_entry_filetype, (struct archive_entry * entry), entry)
ARCHIVE(const char *, archive_entry_pathname, (struct archive_entry * entry), entry)
