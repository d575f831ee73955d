/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of a live audit as far as it is known: its people, their devices,
 * what is in the way of knowing more, and the facts that this comes to.
 */
#ifndef BRIDGE_AUDIT_GATHER_ACCOUNT_H
#define BRIDGE_AUDIT_GATHER_ACCOUNT_H

#include "aws/api/iam.h"
#include "aws/api/sts.h"
#include "aws/rights/rights.h"
#include "bridge/audit/known/known.h"
#include "bridge/audit/run.h"
#include "bridge/registry/rows.h"

/* A user, as ListUsers, the report or both have it. Strings are owned. */
struct live_person {
	char *name;
	char *arn;
	char *id;         /* unique; "": not told */
	time_t created;   /* 0: not told */
	bool listed;      /* by ListUsers */
	bool in_report;
	time_t reported_created;
	bool other;       /* the report's row is of an earlier one */
	char *was;        /* the name that the report has; NULL: this one */
	enum audit_answer reported_mfa, reported_password, reported_key;
	size_t devices;    /* of a list that was read whole */
	char *devices_why; /* why not all devices are known; NULL */
	bool devices_denied;
};

struct live_people {
	struct live_person *p; /* owned, by name once sorted */
	size_t n, size;
};

struct live_held {
	size_t owner;     /* of people; ROOT_OWNER */
	size_t at;        /* in the order in which they came */
	char *user_id;    /* owned; of the list of virtual devices; NULL */
	char *serial;     /* owned */
	const char *kind; /* constant */
	time_t when;
	size_t before;    /* number of the one before it in a user's list, from
			     1, until they are sorted; 0: none */
};

#define ROOT_OWNER SIZE_MAX

struct live_holding {
	struct live_held *p; /* owned */
	size_t n, size;
};

/* What is in the way of a whole list. */
struct live_gap {
	bool there;
	bool denied;
	char why[ERROR_TEXT_MAX];
};

struct live {
	struct audit *a;
	struct aws_session *s;
	const struct registry_bindings *bindings;
	const struct known *known; /* borrowed; NULL: no registry */
	const struct audit_renewal *renewal;
	struct sts_identity identity;
	enum partition_root root; /* of the partition; not known: full */
	enum partition_devices devices_are;
	unsigned devices_each;    /* that a user may have; 0: not known */
	bool by_root;      /* root asks */
	struct aws_session *root_session; /* owned: of AssumeRoot; NULL */
	struct live_gap as_root_gap;      /* it was wanted: why there is none */
	time_t begun;      /* AWS's clock at the first answer */

	struct live_gap stopped; /* no more calls are made */
	unsigned lost;      /* calls in a row without an answer */

	struct live_people people;
	struct live_gap people_gap;
	struct live_people reported;
	time_t report_begun; /* by live_begin_report; 0: not by this run */
	bool report_read;
	bool report_is_fresh; /* nothing in it is older than this run */
	bool reported_root;
	enum audit_answer reported_root_mfa, reported_root_password;
	enum audit_answer reported_root_active; /* an access key of root's */
	char strange_account[ARN_ACCOUNT_LEN + 1];
	uint64_t report_bad;

	struct live_holding devices; /* with their owners */
	struct live_holding virtuals; /* assigned ones, whoever has them */
	struct live_holding unassigned; /* virtual ones, where asked for */
	struct live_gap virtual_gap;
	struct live_gap devices_gap;  /* of any user */
	struct rights *rights;        /* owned; NULL: not asked */
	time_t rights_when;
	struct live_gap rights_gap;
	char root_serial[IAM_SERIAL_MAX + 1];
	bool root_old_name;
	char namesake[IAM_NAME_MAX + 1];
	time_t virtual_when;
	struct live_gap summary_gap;
	struct live_gap root_devices_gap;
	size_t root_virtuals;         /* of the list of virtual devices */
	size_t root_devices;          /* of root's own list */
	time_t root_listed;           /* when that was; 0: it was not */
	time_t root_keys_listed;
	struct audit_fact root_password, root_certificates; /* as Root; not
	                                 known: not asked, or not told */
	enum audit_answer root_any_key;
	enum audit_key_state root_key_state;
	struct live_gap member_gap;
	enum audit_answer member;     /* of an organisation: see audit_root */
	const char *no_member;
	enum audit_key_state reported_root_key;
	struct iam_account_summary summary;
	time_t summary_when;
	enum audit_answer root_mfa;

	uint64_t gone, made_since, changed, renamed;
	deadline_t progress;
};

/* Whether root may have a password and MFA in this partition. */
static inline bool live_has_root(const struct live *l)
{
	return partition_root_is_asked(l->root);
}

/* Where live_on_device puts what it is given. */
struct live_asked {
	struct live *l;
	size_t owner;
	size_t n;
	char kinds[64];
	size_t fido;
	char seeded[128]; /* tokens that seeds of them sit in, by us; "" */
	size_t last;      /* number of the latest, as live_held's before */
};

/* Root's own lists are to be had, in whichever way, and what that is called. */
bool live_is_root(const struct live *l);
const char *live_own_list(const struct live *l);
const char *live_own_keys(const struct live *l);

/* Room for one more; all zero but name and arn. NULL without memory. */
struct live_person *live_person_add(struct live_people *list, const char *name,
	size_t name_n, const char *arn, size_t arn_n);
void live_people_done(struct live_people *list);
void live_person_done(struct live_person *p);
void live_holding_done(struct live_holding *list);
/* For qsort and bsearch of people. */
int live_by_name(const void *a, const void *b);
/* In a list sorted by name; NULL where there is none. */
struct live_person *live_find_person(const struct live_people *list,
	const char *name);
int live_held_add(struct live_holding *list, size_t owner, const char *serial,
	const char *kind, time_t when, struct error *err);
/* In a list sorted by live_sort. */
const struct live_held *live_find_serial(const struct live_holding *list,
	const char *serial);
void live_sort(struct live_holding *list);
/* Root's, then each user's, as each list had them. */
void live_sort_by_owner(struct live_holding *list);
/* As journals have it: "" is AWS's own. */
const char *live_endpoint(const struct live *l);
/* AWS's clock; 0 where no reply has told it. */
time_t live_time(const struct live *l);
/* Why, and whether it was denied. */
void live_gap_set(struct live_gap *g, const struct error *e);
/*
 * What a failed call leaves: a gap. Negative only where a person wants to
 * stop, or this machine cannot go on.
 */
int live_call_failed(struct live *l, const struct error *e,
	struct live_gap *ret, struct error *err);
/* True where no call is to be made any more: then *ret says why. */
bool live_no_more_calls(const struct live *l, struct live_gap *ret);
/* Borrows the gap. */
/*
 * Before the next one's questions: where the credentials end and cannot be
 * renewed, no more calls are made. ERROR_REFUSED where new ones are somebody
 * else's, ERROR_INTERRUPTED.
 */
int live_stay_signed_in(struct live *l, struct error *err);

struct audit_fact live_gap_fact(const struct live_gap *g, const char *source);
struct audit_fact live_fact(enum audit_answer answer, const char *source,
	time_t when);
/* Whether every user's list of devices is needed: for the registry, or for
 * what the run counts. */
bool live_asks_devices(const struct live *l);
/* ... to be held against the registry. */
bool live_compares(const struct live *l);
/* iam_device_fn with a struct live_asked: keeps and counts each once, on however
 * many pages it stands. */
int live_on_device(void *data, const struct iam_device *device,
	struct error *err);

#endif
