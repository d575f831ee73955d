/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit: what AWS, the credential report and the registry say about MFA,
 * judged by one table of checks.
 *
 * Three parts that do not know each other. Gathering (audit-live.c,
 * audit-report.c) fills facts: plain structs in which every answer carries who
 * gave it and when, or why there is none. The rules (audit.c) judge facts and
 * find the words; they are pure. An output (audit-text.c, audit-json.c) prints
 * findings as they come, so that memory does not grow with their number.
 *
 * Two promises: what is not known is UNKNOWN, never PASS; and an answer of AWS
 * itself goes before the report, which may be hours old.
 */
#ifndef BRIDGE_AUDIT_AUDIT_H
#define BRIDGE_AUDIT_AUDIT_H

#include "base/error.h"

#include <stdint.h>
#include <time.h>

/* ---- checks ---- */

enum audit_check {
	AUDIT_ROOT_MFA_MISSING,
	AUDIT_ROOT_MFA_VIRTUAL,
	AUDIT_USER_MFA_MISSING,
	AUDIT_DEVICE_UNKNOWN,
	AUDIT_DEVICE_GONE,
	AUDIT_CHECKS, /* how many */
};

#define AUDIT_BIT(check) (1u << (check))
/* The rows that benchmarks know, and all. */
#define AUDIT_BENCHMARK                                                        \
	(AUDIT_BIT(AUDIT_ROOT_MFA_MISSING) |                                   \
		AUDIT_BIT(AUDIT_ROOT_MFA_VIRTUAL) |                            \
		AUDIT_BIT(AUDIT_USER_MFA_MISSING))
#define AUDIT_HOUSE (AUDIT_BIT(AUDIT_CHECKS) - 1)
/* Those that need a registry. */
#define AUDIT_OF_REGISTRY                                                      \
	(AUDIT_BIT(AUDIT_DEVICE_UNKNOWN) | AUDIT_BIT(AUDIT_DEVICE_GONE))

#define AUDIT_NAMES_MAX 4

struct audit_check_row {
	const char *name;
	const char *severity;
	const char *means;                          /* what FAIL says */
	const char *also_known_as[AUDIT_NAMES_MAX]; /* NULL behind the last */
};
extern const struct audit_check_row audit_check_rows[AUDIT_CHECKS];

/*
 * The bits of "benchmark", "house" or names with commas. ERROR_USAGE for
 * anything else, naming it.
 */
int audit_checks_parse(const char *list, unsigned *ret, struct error *err);

enum audit_status {
	AUDIT_PASS,
	AUDIT_FAIL,
	AUDIT_UNKNOWN,
	AUDIT_NOT_APPLICABLE,
	AUDIT_STATUSES,
};
extern const char *const audit_status_names[AUDIT_STATUSES];

/* ---- facts ---- */

enum audit_answer { AUDIT_NOT_KNOWN, AUDIT_NO, AUDIT_YES };

/* One answer. Strings are borrowed. */
struct audit_fact {
	enum audit_answer answer;
	const char *source; /* "iam:ListMFADevices", "credential report" */
	time_t when;        /* of the answer; 0: not known */
	const char *why;    /* NOT_KNOWN: what stands in the way */
	bool denied;        /* NOT_KNOWN: the caller lacks the permission that
	                       `source` names */
};

/* What the credential report says beside an answer of AWS. */
struct audit_reported {
	bool read;  /* there is a report, whose age is not to be judged by */
	bool has;   /* it has a row for this user */
	bool other; /* the row is of an earlier user of the same name */
	enum audit_answer mfa;
	enum audit_answer password;
	time_t generated; /* 0: not known */
};

/* Of an account; all strings are borrowed. */
struct audit_root {
	const char *account;
	bool absent; /* the partition has no root user */
	struct audit_fact mfa;
	struct audit_fact password;
	struct audit_fact keys;         /* an access key that is or may be
	                                   active */
	struct audit_fact certificates; /* a signing certificate, the same */
	/* a virtual device is root's; NO only from a complete list */
	struct audit_fact is_virtual;
	const char *serial;   /* of one such device; NULL: none */
	bool old_name;        /* it has the name that literal rules look for */
	const char *namesake; /* a user whose device has that name; NULL */
	struct audit_reported reported;
};

struct audit_user {
	const char *account;
	const char *name;
	bool gone;           /* no longer at AWS */
	struct audit_fact mfa;
	size_t devices;      /* with mfa YES; 0: not counted */
	const char *kinds;   /* "fido, virtual"; NULL: not known */
	struct audit_fact password;
	struct audit_reported reported;
	uint64_t line;       /* of the report's file; 0: none */
};

/* A device at AWS, or the list of a user's devices that could not be read
 * (serial NULL). */
struct audit_device {
	const char *account;
	const char *user;
	const char *serial;
	const char *kind;
	struct audit_fact at_aws;
	struct audit_fact bound; /* a binding in force names it */
};

/* A binding in force of the registry. */
struct audit_binding {
	const char *account;
	const char *user;   /* NULL: erased */
	const char *device; /* NULL: none */
	bool erased;        /* the registry no longer names the device */
	struct audit_fact at_aws;
};

/* ---- judging ---- */

/* Why a status is what it is: one row of wording each. */
enum audit_reason {
	AUDIT_HAS_MFA,
	AUDIT_NO_PASSWORD,
	AUDIT_PASSWORD_WITHOUT_MFA,
	AUDIT_MFA_NOT_KNOWN,
	AUDIT_PASSWORD_NOT_KNOWN,
	AUDIT_USER_GONE,
	AUDIT_ROW_NOT_READ,
	AUDIT_ROOT_HAS_MFA,
	AUDIT_ROOT_NO_CREDENTIALS,
	AUDIT_ROOT_WITHOUT_MFA,
	AUDIT_ROOT_MFA_NOT_KNOWN,
	AUDIT_NO_ROOT_USER,
	AUDIT_ROOT_IS_VIRTUAL,
	AUDIT_ROOT_NOT_VIRTUAL,
	AUDIT_ROOT_VIRTUAL_NOT_KNOWN,
	AUDIT_ROOT_NO_DEVICE,
	AUDIT_ROOT_NO_SIGN_IN,
	AUDIT_BOUND,
	AUDIT_NOT_BOUND,
	AUDIT_DEVICES_NOT_LISTED,
	AUDIT_BINDINGS_NOT_READ,
	AUDIT_AT_AWS,
	AUDIT_NOT_AT_AWS,
	AUDIT_AT_AWS_NOT_KNOWN,
	AUDIT_DEVICE_ERASED,
	AUDIT_REASONS, /* how many */
};

enum audit_status audit_status_of(enum audit_reason reason);

enum audit_reason audit_judge_user(const struct audit_user *u);
enum audit_reason audit_judge_root(const struct audit_root *root);
enum audit_reason audit_judge_root_virtual(const struct audit_root *root);
enum audit_reason audit_judge_device(const struct audit_device *d);
enum audit_reason audit_judge_binding(const struct audit_binding *b);

#define AUDIT_TEXT 640 /* longest sentence of a finding, with NUL */
#define AUDIT_SUBJECT 132

/* A row of the result. Borrowed strings live as long as the facts. */
struct audit_finding {
	enum audit_check check;
	enum audit_status status;
	char account[16];             /* "" where not known */
	char subject[AUDIT_SUBJECT];  /* user, "<root_account>", "line 7" */
	const char *device;           /* serial or ARN; NULL: not of a device */
	char seen[AUDIT_TEXT];
	char source[128];             /* "" where nobody said anything */
	time_t when;                  /* 0: not known */
	char remedy[AUDIT_TEXT];      /* "" where there is nothing to do */
	char literal[AUDIT_TEXT];     /* what benchmarks' words come to where
	                                 they differ; "" where they do not */
	char missing[64];             /* permission that is missing, or "" */
	uint64_t line;                /* of the report's file; 0: none */
};

/* The words for what was judged. */
void audit_say_user(const struct audit_user *u, enum audit_reason reason,
	struct audit_finding *ret);
void audit_say_root(const struct audit_root *root, enum audit_reason reason,
	struct audit_finding *ret);
void audit_say_root_virtual(const struct audit_root *root,
	enum audit_reason reason, struct audit_finding *ret);
void audit_say_device(const struct audit_device *d, enum audit_reason reason,
	struct audit_finding *ret);
void audit_say_binding(const struct audit_binding *b, enum audit_reason reason,
	struct audit_finding *ret);

/* ---- one run ---- */

#define AUDIT_ROOT_SUBJECT "<root_account>"
#define AUDIT_NOTES_MAX 24
#define AUDIT_ARN 2049

struct audit;

/* Prints; `begin` comes before the first row and before `end`. */
struct audit_output {
	void (*begin)(const struct audit *a);
	bool (*wants)(const struct audit *a, enum audit_status status);
	void (*row)(struct audit *a, const struct audit_finding *f);
	/* failure NULL: the run came to its end */
	void (*end)(const struct audit *a, const struct error *failure);
};
extern const struct audit_output audit_text, audit_json;

/* What was read; strings are owned by whoever filled them in. */
struct audit_report_source {
	bool used;
	const char *name;   /* of the file; NULL: asked of AWS */
	unsigned reports;
	uint64_t rows;
	uint64_t bad_rows;
	time_t generated;   /* 0: not known */
	char why_not[512];  /* live: why there is none; "" */
};

struct audit_aws_source {
	bool used;
	char account[16];
	char alias[80];      /* "" */
	char caller[AUDIT_ARN];
	const char *endpoint; /* the session's; not AWS's own; NULL */
	const char *origin;   /* who said so */
	unsigned requests, connections;
	time_t when;         /* AWS's clock at the beginning */
	uint64_t users;
};

struct audit_registry_source {
	bool used;           /* read, or tried to */
	const char *path;
	size_t bindings;     /* in force, of this account */
	size_t elsewhere;    /* in force, of other accounts: not judged */
	char why_not[512];   /* could not be read; "" */
};

struct audit {
	unsigned checks;     /* bits of what is asked for */
	bool verbose;
	int cancel_fd;       /* -1: none */
	const char *only_account; /* the guard; NULL: none */
	const struct audit_output *output;
	const char *endpoint; /* stands in every row; NULL: AWS's own */
	time_t now;           /* for ages */

	bool begun;
	enum audit_check heading; /* the output's: what it printed last */
	bool has_heading;
	uint64_t counts[AUDIT_CHECKS][AUDIT_STATUSES];
	const char *not_asked[AUDIT_CHECKS]; /* constant; NULL: asked */
	char *notes[AUDIT_NOTES_MAX];        /* owned */
	size_t notes_n;
	struct audit_report_source report;
	struct audit_aws_source aws;
	struct audit_registry_source registry;
};

void audit_done(struct audit *a);

/* A sentence for the end of the result; more than AUDIT_NOTES_MAX are lost. */
void audit_note(struct audit *a, const char *fmt, ...) PRINTF(2, 3);

/* Whether a check is asked for and can be decided. */
static inline bool audit_asks(const struct audit *a, enum audit_check check)
{
	return (a->checks & AUDIT_BIT(check)) && !a->not_asked[check];
}

/* Judge, count, print. A check that is not asked for is left out. */
void audit_user(struct audit *a, const struct audit_user *u);
void audit_root(struct audit *a, const struct audit_root *root);
void audit_device(struct audit *a, const struct audit_device *d);
void audit_binding(struct audit *a, const struct audit_binding *b);
/* A row of the report that cannot be read. */
void audit_bad_row(struct audit *a, const char *account, uint64_t line,
	const char *why);

/* 0, 3 or 10. */
int audit_exit_status(const struct audit *a);

/* ERROR_REFUSED where the guard names another account. */
int audit_guard(const struct audit *a, const char *account, const char *whose,
	struct error *err);

/* ERROR_INTERRUPTED after Ctrl-C, ERROR_FAILED where stdout is closed. */
int audit_may_go_on(const struct audit *a, struct error *err);

/* ---- gathering ---- */

/*
 * Reads a credential report from a file ("-": standard input) and judges its
 * rows as they pass. generated 0: the file has to tell, or nobody does.
 */
int audit_read_report(struct audit *a, const char *path, time_t generated,
	struct error *err);

struct aws_session;
struct registry_bindings;

/*
 * Asks AWS about the account of the session's credentials. `bindings` NULL:
 * there is no registry, or (a->registry.used) it could not be read.
 */
int audit_ask_aws(struct audit *a, struct aws_session *s,
	const struct registry_bindings *bindings, struct error *err);

#endif
