/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of the audit: what is gathered comes in as facts, is judged and
 * counted, and goes out as findings as it comes, so that memory does not grow
 * with their number. It knows neither who gathers nor what prints.
 */
#ifndef BRIDGE_AUDIT_RUN_H
#define BRIDGE_AUDIT_RUN_H

#include "bridge/audit/counted.h"
#include "bridge/audit/earlier.h"
#include "bridge/audit/mute.h"
#include "bridge/run/run.h"

#include <stdio.h>

#define AUDIT_NOTES_MAX 24
#define AUDIT_ARN 2049

struct audit;

struct audit_printer;

/*
 * A format. `begin` comes before the first row and before `end`; all get the
 * same rows in the same order. A run may have several printers at once.
 */
struct audit_output {
	const char *name; /* "json" */
	void (*begin)(struct audit_printer *p, const struct audit *a);
	/* whether `row` has a use for such a row */
	bool (*wants)(const struct audit_printer *p, const struct audit *a,
		enum audit_status status, enum audit_severity severity);
	void (*row)(struct audit_printer *p, const struct audit *a,
		const struct audit_finding *f);
	/* failure NULL: the run came to its end, and the program to this exit
	   status */
	void (*end)(struct audit_printer *p, const struct audit *a,
		int exit_status, const struct error *failure);
	/* nobody can get what is printed */
	bool (*is_lost)(const struct audit_printer *p);
};

struct audit_printer {
	const struct audit_output *how;
	FILE *to;              /* borrowed */
	const char *name;      /* of the file; NULL: standard output; borrowed */
	bool summary;          /* text: no rows */
	void *state;           /* the format's own; NULL at first */
	uint64_t printed;      /* rows */
	enum audit_check last; /* of the row that was printed last */
};

/* Which rows are shown; it changes nothing else. */
struct audit_view {
	unsigned statuses; /* bits; 0: each output's own */
	enum audit_severity least;
	const char *account; /* of this one alone; NULL: of all; borrowed */
};

/* What was read; strings are owned by whoever filled them in. */
struct audit_report_source {
	bool used;
	const char *name;   /* of the file; NULL: asked of AWS */
	unsigned reports;
	uint64_t rows;
	uint64_t bad_rows;
	time_t generated;   /* 0: not known */
	char why_not[ERROR_TEXT_MAX];  /* live: why there is none; "" */
};

struct audit_aws_source {
	bool used;
	char account[16];
	char alias[80];      /* "" */
	char caller[AUDIT_ARN];
	const char *endpoint; /* the session's; not AWS's own; NULL */
	const char *origin;   /* who said so */
	char ca_bundle[1024]; /* not the system's certificates; "" */
	char proxy[1024];     /* "" */
	unsigned requests, connections;
	time_t when;         /* AWS's clock at the beginning */
	uint64_t users;
};

struct audit_registry_source {
	bool used;           /* read, or tried to */
	const char *path;
	const char *keeps;   /* the one beside which this run remembers what
	                        it saw; NULL: it leaves nothing */
	size_t bindings;     /* in force, of this account */
	size_t elsewhere;    /* in force, of other accounts: not judged */
	bool has_tokens;     /* these were counted */
	size_t tokens;       /* of people, not retired */
	size_t handed_over;  /* of these: the holder has proved to have it */
	char why_not[ERROR_TEXT_MAX];   /* could not be read; "" */
};

/* How far one of many accounts was read. */
enum audit_account_state {
	AUDIT_ACCOUNT_NOT_ASKED, /* the run ended before */
	AUDIT_ACCOUNT_READ,
	AUDIT_ACCOUNT_PARTLY,    /* something of it was not read */
	AUDIT_ACCOUNT_NOT_READ,  /* nothing was */
	AUDIT_ACCOUNT_CLOSED,    /* there is nothing to read: NOT_APPLICABLE */
	AUDIT_ACCOUNT_STATES,    /* how many */
};
extern const char *const audit_account_state_names[AUDIT_ACCOUNT_STATES];

/* One of many; strings are owned by the run, NULL: not told. */
struct audit_account_source {
	char id[16];
	enum audit_account_state state;
	char *name;         /* in the organization, else its alias */
	char *why;          /* the state is not READ */
	char *caller;       /* who asked it */
	time_t when;        /* as of: AWS's clock at the beginning; 0: never */
	bool kept;          /* by an earlier run, in the folder of --state */
	uint64_t users;     /* that AWS listed */
	uint64_t rows;      /* of its credential report */
	time_t generated;   /* that one; 0: none */
	char *no_report;    /* why not */
	char *endpoint, *origin;  /* not AWS's own, and who said so */
	char *ca_bundle, *proxy;
	unsigned requests;
	uint64_t counts[AUDIT_STATUSES];
	char **notes;
	size_t notes_n;
};

struct audit {
	const struct run *run; /* borrowed */
	unsigned checks;     /* bits of what is asked for */
	bool verbose;
	struct audit_view view;
	bool tells_progress; /* to the people of the run */
	unsigned rate;       /* questions of users a second; 0: no limit */
	bool one_of_many;    /* other accounts are asked beside this one */
	const char *only_account; /* the guard; NULL: none */
	struct audit_printer *printers; /* borrowed */
	size_t printers_n;
	const char *endpoint; /* stands in every row; NULL: AWS's own */
	time_t now;           /* for ages */
	time_t started;       /* this machine's clock, or that of the run whose
	                         evidence this is */
	bool now_stands;      /* AWS's clock does not change now */

	bool begun;
	uint64_t counts[AUDIT_CHECKS][AUDIT_STATUSES];
	uint64_t severe[AUDIT_SEVERITIES][AUDIT_STATUSES];
	const char *skipped[AUDIT_CHECKS]; /* why; constant; NULL: asked */
	char *notes[AUDIT_NOTES_MAX];        /* owned */
	size_t notes_n;
	bool not_read;  /* something that is there was not read */
	struct audit_account_source *accounts; /* owned: of --accounts, in the order of
	                                   their findings; NULL: one account */
	size_t accounts_n;
	struct audit_report_source report;
	struct audit_aws_source aws;
	struct audit_registry_source registry;
	struct audit_mutes *mutes;     /* owned; NULL: no list was named */
	struct audit_earlier *earlier; /* owned; NULL: nothing to compare */
	struct audit_counted *counted; /* borrowed; NULL: nobody keeps it */
	bool narrowed;  /* not every subject was asked about: --user */
	bool listed;    /* all users of aws.account were */
	bool changed;   /* the registry was written to, or was by the run whose
	                   evidence this is */
};

/* Whether a moment is further ahead than two good clocks differ. */
#define AUDIT_CLOCKS_DIFFER 300 /* seconds */
static inline bool audit_is_to_come(const struct audit *a, time_t when)
{
	return when > a->now + AUDIT_CLOCKS_DIFFER;
}

void audit_done(struct audit *a);
/* Frees its strings; what is left is all zero. */
void audit_account_source_done(struct audit_account_source *x);

/* A sentence for the end of the result; more than AUDIT_NOTES_MAX are lost. */
void audit_note(struct audit *a, const char *fmt, ...) PRINTF(2, 3);

/* Whether a check is asked for and can be decided; any of those of bits. */
static inline bool audit_asks(const struct audit *a, enum audit_check check)
{
	return (a->checks & AUDIT_BIT(check)) && !a->skipped[check];
}
bool audit_asks_any(const struct audit *a, unsigned checks);

/* Judge, count, print. A check that is skipped is left out. */
void audit_user(struct audit *a, const struct audit_user *u);
/*
 * n users like this one, whatever their names are: true, and they are counted,
 * where nothing is printed of them; false, and nothing is done, where each is to
 * be given by itself.
 */
bool audit_users_alike(struct audit *a, const struct audit_user *u, uint64_t n);
void audit_root(struct audit *a, const struct audit_root *root);
void audit_device(struct audit *a, const struct audit_device *d);
/* A FIDO device beside its certification; or devices not listed. */
void audit_certified(struct audit *a, const struct audit_device *d);
void audit_orphan(struct audit *a, const struct audit_orphan *o);
void audit_token(struct audit *a, const struct audit_token *t);
void audit_binding(struct audit *a, const struct audit_binding *b);
void audit_unfinished(struct audit *a, const struct audit_unfinished *u);
void audit_bad_row(struct audit *a, const struct audit_bad_row *b);

/* One that was judged before, in another process or by an earlier run. */
void audit_give(struct audit *a, const struct audit_finding *f);

/* Whether the view shows such a row: for outputs. */
bool audit_shows(const struct audit *a, enum audit_status status,
	enum audit_severity severity);

/* Begins what was not begun, and ends it: see struct audit_output. */
void audit_print_end(struct audit *a, int exit_status,
	const struct error *failure);

/* How many findings of all checks have the status. */
uint64_t audit_found(const struct audit *a, enum audit_status status);
/* ... and at least the severity. */
uint64_t audit_found_from(const struct audit *a, enum audit_status status,
	enum audit_severity least);

/* How many of the accounts are in that state. */
size_t audit_accounts_in(const struct audit *a, enum audit_account_state state);

/* ERROR_REFUSED where the guard names another account. */
int audit_guard(const struct audit *a, const char *account, const char *whose,
	struct error *err);

/* ERROR_INTERRUPTED where the run is broken off, ERROR_FAILED where the output
 * is lost. */
int audit_may_go_on(const struct audit *a, struct error *err);

#endif
