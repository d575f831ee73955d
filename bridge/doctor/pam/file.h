/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PAM's own files: what each line says to libpam 1.5, as Debian has it. Nothing
 * here opens a file. (pam.conf(5), pam.d(5))
 */
#ifndef BRIDGE_DOCTOR_PAM_FILE_H
#define BRIDGE_DOCTOR_PAM_FILE_H

#include "base/error.h"

#define PAM_MODULE_NAME "pam_tokenbridge.so"
#define PAM_FILE_MAX 65536

/* What a module returns: PAM's numbers. */
enum pam_return {
	RETURN_SUCCESS = 0,
	RETURN_SERVICE_ERR = 3,
	RETURN_PERM_DENIED = 6,
	RETURN_AUTH_ERR = 7,
	RETURN_AUTHINFO_UNAVAIL = 9,
	RETURN_USER_UNKNOWN = 10,
	RETURN_NEW_AUTHTOK_REQD = 12,
	RETURN_IGNORE = 25,
	RETURN_ABORT = 26,
	RETURN_MODULE_UNKNOWN = 28,
	RETURN_INCOMPLETE = 31, /* PAM passes it on, whatever the control says */
	RETURNS = 32,
};

/* What the control of a line makes of it; above 0: so many lines are jumped. */
enum pam_action {
	ACTION_IGNORE = 0,
	ACTION_OK = -1,
	ACTION_DONE = -2,
	ACTION_BAD = -3,
	ACTION_DIE = -4,
	ACTION_RESET = -5,
	ACTION_UNSET = -6,
};

enum pam_type {
	PAM_TYPE_AUTH,
	PAM_TYPE_ACCOUNT,
	PAM_TYPE_PASSWORD,
	PAM_TYPE_SESSION,
	PAM_TYPES,
};

enum pam_kind {
	PAM_LINE_MODULE,
	PAM_LINE_INCLUDE,  /* lines of the same type of another file */
	PAM_LINE_SUBSTACK, /* the same; a decision ends only them */
	PAM_LINE_FILE,     /* @include: all of another file */
};

/* All strings are borrowed from the file. */
struct pam_line {
	unsigned number;      /* of its first line in the file, from 1 */
	enum pam_type type;
	enum pam_kind kind;
	const char *service;  /* of pam.conf; NULL in pam.d */
	const char *control;  /* as written, without brackets */
	int actions[RETURNS]; /* enum pam_action */
	const char *module;   /* or the file that is included; NULL: missing */
	const char **arguments; /* owned */
	int argument_count;
	bool type_unknown;    /* PAM takes that of the include, or auth */
	bool quiet;           /* -TYPE: PAM logs nothing of an absent module */
	bool mentions;        /* our name stands somewhere in it */
	const char *wrong;    /* a constant: why it always fails; NULL */
	const char *fatal;    /* ... why PAM gives the file up here; NULL */
};

struct pam_file {
	char *text; /* owned */
	struct pam_line *lines; /* owned */
	size_t n;
	const char *fatal;     /* a constant: why PAM gives it up at its end */
	unsigned fatal_number; /* ... of the line */
	unsigned cut_number;   /* of a line that PAM cuts in two; 0: none */
};

/*
 * Parses the bytes of a file of pam.d, or of pam.conf, whose lines begin with
 * the service. A line that PAM does not understand is one that fails, as PAM
 * has it. Fails for want of memory only.
 */
int pam_file_parse(const unsigned char *p, size_t n, bool with_service,
	struct pam_file *ret, struct error *err);
void pam_file_done(struct pam_file *file);

const char *pam_type_name(enum pam_type type);

/* The code that a name in brackets stands for: "auth_err"; -1: none. */
int pam_return_of(const char *name);

/* Behind the last slash. */
const char *pam_module_name(const char *path);

/* Whether the line names our module, in whatever folder. */
bool pam_line_is_ours(const struct pam_line *line);

#endif
