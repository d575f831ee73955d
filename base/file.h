/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: opened first and checked on the descriptor, read with a limit,
 * written whole or not at all.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

#include <sys/stat.h>
#include <sys/types.h>

enum file_trust {
	FILE_ANY,     /* whatever the caller may read */
	FILE_TRUSTED, /* regular, owned by root or the effective user, and
	                 writable by nobody else */
	FILE_PRIVATE, /* as trusted, and readable by nobody else */
};

/*
 * Opens a regular file for reading: O_CLOEXEC, O_NOCTTY, O_NONBLOCK while
 * opening (a FIFO must not block); with FILE_TRUSTED and FILE_PRIVATE also
 * O_NOFOLLOW. A file that is not there is success with *ret_absent = true and
 * -1 in *ret_fd where ret_absent is not NULL, else ERROR_FAILED.
 * ERROR_PERMISSION where it is there but not readable or not trusted.
 */
int file_open(const char *path, enum file_trust trust, int *ret_fd,
	bool *ret_absent, struct error *err);

/* The path from the root, by the working directory; free() *ret. */
int file_absolute(const char *path, char **ret, struct error *err);

/*
 * All of fd into b (whose maximum is the limit). `name` is for the error.
 * ERROR_INTERRUPTED where a signal that is caught comes first: a pipe may never
 * say anything.
 */
int file_read_fd(int fd, const char *name, struct buf *b, struct error *err);
/* file_open and file_read_fd; "-" is not special. */
int file_read(const char *path, enum file_trust trust, struct buf *b,
	bool *ret_absent, struct error *err);

/* Writes all n bytes to fd; EINTR and short writes are gone on with. */
int file_write_fd(int fd, const void *p, size_t n, const char *name,
	struct error *err);

/*
 * Makes a new file (0600) in the directory of path, under the same name with
 * six more letters: *ret_temp is its path, to be freed; *ret_fd is open for
 * writing. ERROR_PERMISSION where the directory does not let one.
 */
int file_make_beside(const char *path, char **ret_temp, int *ret_fd,
	struct error *err);

/*
 * Replaces path: new file in the same directory, written, fsynced, given
 * `mode`, renamed over path, directory fsynced. On failure path is as before
 * and nothing is left behind. With `exclusive` an existing path is
 * ERROR_CONFLICT and stays.
 */
int file_write_atomic(const char *path, const void *p, size_t n, mode_t mode,
	bool exclusive, struct error *err);

/*
 * mkdir -p with `mode` less the umask for what is made, each synced into the
 * directory above; existing directories stay as is.
 */
int file_make_dirs(const char *path, mode_t mode, struct error *err);

/* fsync of the directory that holds path. */
int file_sync_dir_of(const char *path, struct error *err);

/*
 * Opens or makes (0600) a lock file and takes an exclusive lock that dies with
 * the descriptor. ERROR_BUSY where another open description has it.
 */
int file_lock(const char *path, int *ret_fd, struct error *err);

#endif
