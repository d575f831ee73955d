/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far root's set-up has come in an account: one key at a time, in a file of
 * its own beside the journals, so that a run that was broken off goes on where
 * it was. What was seen is kept there until it stands in the registry. No
 * secrets. FORMATS.md has the members.
 */
#ifndef BRIDGE_ROOT_PROGRESS_H
#define BRIDGE_ROOT_PROGRESS_H

#include "aws/api/iam.h"
#include "base/id.h"
#include "base/text.h"

#include <jansson.h>

#define ROOT_PROGRESS_MAX 65536 /* bytes of a file */
#define ROOT_OBSERVATIONS_MAX 24

enum root_point {
	ROOT_LED,      /* the steps were told: the device may be there soon */
	ROOT_ENABLED,  /* it is there */
	ROOT_PROVED,   /* root signed in with it */
	ROOT_REMOVING, /* not a key's: the steps to remove the device `serial`
	                  were told, and it may be gone soon */
};

/* What happened to a device, as far as it was seen. */
enum root_event {
	ROOT_WAS_ENABLED,
	ROOT_SIGNED_IN,
	ROOT_WAS_REMOVED,
};
extern const char *const root_event_names[];

/* How that is known, strongest first. */
enum root_how {
	ROOT_BY_TRAIL,  /* CloudTrail's event */
	ROOT_BY_LIST,   /* a list of AWS's, asked twice */
	ROOT_BY_COUNTS, /* numbers moved as they would by it: inferred */
	ROOT_BY_WORD,   /* a person said so */
};
extern const char *const root_how_names[];

struct root_observation {
	enum root_event event;
	enum root_how how;
	time_t when;                     /* by AWS's clock; stated: ours */
	char trail[64];                  /* id of CloudTrail's event, or "" */
	char device[IAM_SERIAL_MAX + 1]; /* "" where not told */
	char by[64];                     /* BY_WORD: whose */
	char evidence[65];               /* BY_TRAIL: the event's bytes in the
	                                    registry, hex; "" not kept */
};

struct root_progress {
	char account[ARN_ACCOUNT_LEN + 1];
	char endpoint[256]; /* "" AWS's own */
	char journal[ID_LEN]; /* of the registry's events */
	char binding[ID_LEN];
	char token[ID_LEN];   /* registry row; "" an app has none */
	char token_name[80];  /* for people */
	char method[16];
	char device_name[65]; /* to be typed in the console */
	char serial[IAM_SERIAL_MAX + 1]; /* the device's, once known */
	enum root_point point;
	time_t begun;         /* by AWS's clock */
	int64_t in_use;       /* MFADevicesInUse before; IAM_UNKNOWN */
	int64_t own;          /* of them root's, by subtraction; IAM_UNKNOWN */
	int64_t had_mfa;      /* AccountMFAEnabled before; IAM_UNKNOWN */
	size_t before_n;      /* serials that were there before */
	char before[8][IAM_SERIAL_MAX + 1];
	struct root_observation seen[ROOT_OBSERVATIONS_MAX];
	size_t seen_n;
};

/* Adds what was seen; the oldest goes where there is no room. */
void root_progress_see(struct root_progress *p,
	const struct root_observation *o);
/* The strongest observation of that event; NULL: there is none. */
const struct root_observation *root_progress_seen(
	const struct root_progress *p, enum root_event event);

/* All that was seen, without names of devices or people, as the registry keeps
 * it for ever. New reference, NULL without memory. */
json_t *root_progress_record(const struct root_progress *p);

/* Reads a file's bytes. ERROR_CORRUPT. Pure. */
int root_progress_parse(const char *p, size_t n, struct root_progress *ret,
	struct error *err);

/* The account's file, owned by one run at a time. */
struct root_place {
	char *path; /* owned */
	int lock;   /* -1: none */
};

/*
 * Takes the account's file; ERROR_BUSY where another run has it. Where it has a
 * run's progress *ret_found is true and *ret filled.
 */
int root_place_open(struct root_place *place, const char *registry_path,
	const char *account, struct root_progress *ret, bool *ret_found,
	struct error *err);
/* Writes, durably, or not at all. */
int root_place_write(const struct root_place *place,
	const struct root_progress *p, struct error *err);
/* Nothing is owed any more. */
int root_place_clear(const struct root_place *place, struct error *err);
void root_place_done(struct root_place *place);

/* For who only looks: every account's progress. Nothing is locked longer than
 * it takes to ask who has the lock. */
struct root_seen {
	struct root_progress progress;
	bool running; /* a living process leads through it */
};
struct root_sights {
	struct root_seen *p; /* owned */
	size_t n;
	struct error unread; /* of a file that cannot be read; code 0: none */
};
int root_see_all(struct root_sights *ret, const char *registry_path,
	struct error *err);
void root_sights_done(struct root_sights *list);

#endif
