/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PAM's own files: what a line says, which lines a service runs, and how they
 * end for whom. Nothing here opens a file. (pam.conf(5), pam.d(5))
 */
#ifndef BRIDGE_DOCTOR_PAM_H
#define BRIDGE_DOCTOR_PAM_H

#include "bridge/doctor/doctor.h"
#include "bridge/login/pam/options.h"

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
	RETURN_IGNORE = 25,
	RETURN_MODULE_UNKNOWN = 28,
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
	const char *wrong;    /* a constant: why it always fails; NULL */
};

struct pam_file {
	char *text; /* owned */
	struct pam_line *lines; /* owned */
	size_t n;
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

/* Whether the line names our module, in whatever folder. */
bool pam_line_is_ours(const struct pam_line *line);

/* ---- the lines of one type that a service runs ---- */

struct pam_entry {
	const struct pam_line *line; /* borrowed */
	const char *file;   /* its name, borrowed */
	unsigned level;     /* of substacks */
	const char *wrong;  /* as of the line, or of an include; NULL */
};

struct pam_stack {
	struct pam_entry *entries; /* owned */
	size_t n;
};

/* The file of that name, NULL where it cannot be had; *ret_name lives as long
 * as the file. */
typedef const struct pam_file *pam_file_get(const char *name, void *arg,
	const char **ret_name);

/*
 * The service's lines, beginning with those of `file`. ERROR_FAILED where there
 * are senselessly many.
 */
int pam_stack_build(struct pam_stack *ret, const char *file,
	const char *service, enum pam_type type, pam_file_get *get, void *arg,
	struct error *err);
void pam_stack_done(struct pam_stack *stack);

/* Our first line; NULL where there is none. */
const struct pam_line *pam_stack_ours(const struct pam_stack *stack);

/* The last module before it that is content or not by who asks; "" without. */
const char *pam_stack_gate(const struct pam_stack *stack);

/*
 * What is assumed of the modules: what ours returns; what those return that
 * ask for something (a password); whether those are content that look at who
 * asks (pam_rootok, pam_succeed_if).
 */
struct pam_world {
	enum pam_return ours;
	enum pam_return asking;
	bool gates;
};

struct pam_outcome {
	int result;   /* enum pam_return */
	bool reached; /* our line was run */
};

struct pam_outcome pam_stack_run(const struct pam_stack *stack,
	const struct pam_world *world);

/* ---- rules ---- */

/* What the service's lines come to, whoever logs in. */
void pam_judge(const char *service, const struct pam_stack *stack,
	struct findings *f);

/* Our module where it has no function: anything but auth. */
void pam_judge_type(const char *service, enum pam_type type,
	const struct pam_stack *stack, struct findings *f);

/* Who would log in, as far as that is known. */
struct pam_person {
	const char *name;
	const char *no_record; /* why login.db cannot be used; NULL: it can */
	size_t credentials;
	bool verify;           /* one of them wants the PIN */
	const char *tokens;    /* "1a2b3c4d, 5e6f7a8b" */
	bool plugged;          /* some FIDO token is here, or it is not known */
};

/* One sentence on what the service would do now. */
void pam_foresee(const char *service, const struct pam_stack *stack,
	const struct pam_person *who, struct findings *f);

#endif
