/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of an account's root user now, and by whom: AWS's answers, its
 * report, or a person's word where AWS tells nothing.
 */
#ifndef BRIDGE_ROOT_SIGHT_H
#define BRIDGE_ROOT_SIGHT_H

#include "aws/api/iam.h"
#include "bridge/account/account.h"
#include "bridge/audit/rules/rules.h"

#define ROOT_DEVICES_MAX 16 /* AWS allows 8 */

enum root_fact {
	ROOT_PASSWORD,     /* there is one */
	ROOT_KEYS,         /* access keys */
	ROOT_CERTIFICATES, /* signing certificates */
	ROOT_MFA,          /* a device is enabled */
	ROOT_VIRTUAL,      /* a virtual one signs root in */
	ROOT_FACTS,
};
/* "password", "accessKeys" ...: as JSON has them. */
extern const char *const root_fact_names[ROOT_FACTS];

struct root_device {
	char serial[IAM_SERIAL_MAX + 1];
	enum device_kind kind;
	time_t enabled;        /* 0: not told */
	const char *source;    /* constant: the list that has it */
	bool certified_known;  /* GetMFADevice was answered */
	struct iam_certification certifications[IAM_CERTIFICATIONS_MAX];
	size_t certifications_n;
};

/* "hardware TOTP", "passkey or security key": what AWS's word proves, never
 * more. */
const char *root_device_words(enum device_kind kind);

struct root_sight {
	char account[ARN_ACCOUNT_LEN + 1];
	const struct partition *partition; /* constant */
	struct audit_fact fact[ROOT_FACTS]; /* `why` is owned by the struct */
	char why[ROOT_FACTS][ERROR_TEXT_MAX];
	struct root_device devices[ROOT_DEVICES_MAX];
	size_t devices_n;
	bool all_devices;      /* these are all that there are, by root's own
	                          list; else there may be more */
	int64_t in_use;        /* MFADevicesInUse of the whole account;
	                          IAM_UNKNOWN */
	struct audit_reported reported; /* the report's row */
	struct error failure;  /* of the first call that got no answer; code 0 */
	bool stated;           /* facts are a person's word */
	char stated_by[64];    /* whose: "login uid 1000" */
};

/* What is to be looked at. */
struct root_look {
	struct aws_session *session; /* borrowed */
	const char *account;         /* of the session's caller */
	bool by_root;                /* the caller is root, or a session of
	                                AssumeRoot: its own list is asked for */
	bool assumed;                /* ... of AssumeRoot */
	bool report;                 /* the credential report, too */
};

/*
 * Asks AWS. What it refuses to tell is no error and not known, with the reason;
 * ERROR_INTERRUPTED and want of memory are errors. Whole also where nothing was
 * answered: then ->failure says why.
 */
int root_look(const struct root_look *q, struct root_sight *ret,
	struct error *err);

/*
 * Asks the person what the console shows. ERROR_USAGE where nobody can be
 * asked.
 */
int root_ask(const struct run *run, const char *account,
	const struct partition *partition, struct root_sight *ret,
	struct error *err);

/* Whether the partition's root, or this account's, has nothing to sign in with:
 * YES, NO, not known. Pure. */
enum audit_answer root_has_credentials(const struct root_sight *s);

/* The same facts for the rules of the audit; borrows from s. Pure. */
struct audit_root root_facts(const struct root_sight *s);

#endif
