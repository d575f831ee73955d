/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit's rules: facts about an account, in which every answer
 * carries who gave it and when, or why there is none, and the judges that find
 * a reason in them. All pure.
 *
 * Two promises: what is not known is UNKNOWN, never PASS; and an answer of AWS
 * itself goes before the report, which may be hours old.
 */
#ifndef BRIDGE_AUDIT_RULES_RULES_H
#define BRIDGE_AUDIT_RULES_RULES_H

#include "bridge/audit/rules/checks.h"

#include <stdint.h>
#include <time.h>

/* ---- facts ---- */

#define AUDIT_ROOT_SUBJECT "<root_account>"

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
	time_t now;       /* its age counts to here; 0: not told */
	enum audit_answer key; /* an access key that is active */
};

/* Of an access key of root, where there is one. */
enum audit_key_state { AUDIT_KEY_NOT_TOLD, AUDIT_KEY_INACTIVE, AUDIT_KEY_ACTIVE };

/* Of an account; all strings are borrowed. */
struct audit_root {
	const char *account;
	bool absent;    /* the partition has no root user */
	bool keys_only; /* it has one without sign-in and without MFA */
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
	struct audit_fact any_key; /* an access key, whatever its state */
	enum audit_key_state key_state;
	/* a second device; NO only from root's own list, read whole */
	struct audit_fact second;
	size_t devices;       /* with `second` known: those that were seen */
	/* of an organisation that can take root's credentials away; NO: why */
	struct audit_fact member;
	const char *no_member;
	struct audit_reported reported;
};

struct audit_user {
	const char *account;
	const char *name;
	bool gone;           /* no longer at AWS */
	struct audit_fact mfa;
	struct audit_fact listed; /* all his devices, by ListMFADevices now */
	size_t devices;      /* of that list, or 0: not counted */
	const char *kinds;   /* "fido, virtual"; NULL: not known */
	size_t fido;         /* of the devices that were counted */
	const char *seeded;  /* the TOTP devices whose seeds our registry knows
	                        to sit in a token; NULL: none */
	const char *was;     /* the name that the report has; NULL: this */
	bool one_allowed;    /* the partition allows one device a user */
	bool no_fido;        /* the partition has virtual devices only */
	struct audit_fact key;    /* an access key that is active */
	struct audit_fact rights; /* an administrator's */
	bool bounded;        /* with rights NO: by his boundary alone */
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
	bool alone;              /* its user has no other */
	const char *run;         /* a sequence of ours that has it: "enrollment";
	                            NULL: none */
	/* FIDO: AWS holds a certification */
	struct audit_fact certified;
	const char *certifications; /* with it YES: "FIDO L1" */
	bool vouched;            /* bound to a token with a verdict that the
	                            policy accepts */
};

/* A binding in force of the registry. */
struct audit_binding {
	const char *account;
	const char *user;   /* NULL: erased */
	const char *device; /* NULL: none */
	bool erased;        /* the registry no longer names the device */
	struct audit_fact at_aws;
	struct audit_fact moved; /* with at_aws YES: it is somebody else's, by
	                            his own list and unique id */
	const char *owner;       /* with moved YES */
	const char *run;         /* a sequence of ours takes it away; NULL */
};

/* A registered token that is neither lost nor retired, or (name NULL) those
 * that could not be read. */
struct audit_token {
	const char *name;     /* as people are told of it */
	const char *firmware; /* on what the version rests, in words */
	struct audit_fact vulnerable;
	const char *advisories;        /* with it YES: their ids */
	enum audit_severity severity;  /* of the worst of them */
	struct audit_fact accepted;    /* a verdict that the policy accepts */
	const char *verdict;           /* the newest; NULL: there is none */
};

/* A virtual device that is listed as nobody's, or (serial NULL) the list of
 * those that could not be read. */
struct audit_orphan {
	const char *account;
	const char *serial;
	struct audit_fact unassigned; /* by this run's list */
	time_t first;    /* when it was first seen so; 0: in this run */
	const char *run; /* a sequence of ours that has it; NULL: none */
};

#define AUDIT_ORPHAN_SECONDS 600 /* between the two lists that show it */

/* A sequence of ours that could not be settled, or (device NULL) the list of
 * those that could not be read. */
struct audit_unfinished {
	const char *account;
	const char *user;
	const char *device;
	const char *kind;    /* "revocation" */
	const char *age;     /* "3 h" */
	const char *why;     /* NULL: it was broken off */
	const char *command; /* that ends it, complete */
	struct audit_fact told;
};

/* A row of the report that cannot be read. */
struct audit_bad_row {
	const char *account; /* "" where not known */
	uint64_t line;
	const char *why;
	time_t generated;    /* the report; 0: not known */
};

/* A mute of the list, at the end of a run. */
struct audit_muting {
	const char *account; /* that it is for; "" for every one */
	const char *source;  /* file and line */
	const char *reason, *owner;
	const char *day;     /* its last; "": it has none */
	bool over;           /* that is past */
	bool matched;        /* a finding of this run */
	struct audit_fact told;
};

/* ---- what to do ---- */

/* Kinds of a remedy. In its text commands stand in backquotes. */
enum audit_remedy {
	AUDIT_NO_REMEDY,
	AUDIT_COMMAND, /* one, complete, that makes the finding PASS */
	AUDIT_STEPS,   /* by hand: the console, `tokenbridge root` */
	AUDIT_DECIDE,  /* alternatives, each a command or steps */
	AUDIT_REMEDIES, /* how many */
};
extern const char *const audit_remedy_names[AUDIT_REMEDIES];

/* ---- judging ---- */

/* Why a status is what it is, each of one check: see words.c. */
enum audit_reason {
	AUDIT_HAS_MFA,
	AUDIT_NO_PASSWORD,
	AUDIT_PASSWORD_WITHOUT_MFA,
	AUDIT_MFA_NOT_KNOWN,
	AUDIT_PASSWORD_NOT_KNOWN,
	AUDIT_NEITHER_KNOWN,
	AUDIT_USER_GONE,
	AUDIT_ROW_NOT_READ,
	/* administrators */
	AUDIT_ADMIN_GONE,
	AUDIT_ADMIN_HAS_MFA,
	AUDIT_ADMIN_IS_NONE,
	AUDIT_ADMIN_BOUNDED,
	AUDIT_ADMIN_NO_CREDENTIALS,
	AUDIT_ADMIN_WITHOUT_MFA,
	AUDIT_ADMIN_RIGHTS_NOT_KNOWN,
	AUDIT_ADMIN_MFA_NOT_KNOWN,
	AUDIT_ADMIN_PASSWORD_NOT_KNOWN,
	AUDIT_ADMIN_KEY_NOT_KNOWN,
	/* a user's devices, and phishing */
	AUDIT_RESISTANT_GONE,
	AUDIT_RESISTANT_NO_FIDO, /* in this partition */
	AUDIT_RESISTANT_NO_DEVICE,
	AUDIT_RESISTANT_NO_PASSWORD,
	AUDIT_RESISTANT,
	AUDIT_NOT_RESISTANT,
	AUDIT_NOT_RESISTANT_SEEDED,    /* a seed of them sits in a token */
	AUDIT_RESISTANT_BESIDE,        /* beside others */
	AUDIT_RESISTANT_BESIDE_SEEDED,
	AUDIT_RESISTANT_PASSWORD_NOT_KNOWN,
	AUDIT_RESISTANT_NOT_KNOWN,
	/* a user's second device */
	AUDIT_ONE_GONE,
	AUDIT_ONE_ALLOWED,
	AUDIT_ONE_NO_DEVICE,
	AUDIT_ONE_OF_MORE,
	AUDIT_ONE_DEVICE,
	AUDIT_ONE_NOT_KNOWN,
	/* root, and its MFA */
	AUDIT_NO_ROOT_USER,
	AUDIT_ROOT_OF_KEYS,
	AUDIT_ROOT_HAS_MFA,
	AUDIT_ROOT_NO_CREDENTIALS,
	AUDIT_ROOT_NO_CREDENTIALS_ALONE, /* whether there is MFA: not known */
	AUDIT_ROOT_WITHOUT_MFA,
	AUDIT_ROOT_KEYS_WITHOUT_MFA,     /* or certificates; no password */
	AUDIT_ROOT_MFA_NOT_KNOWN,
	/* root, and whether a virtual device is its MFA */
	AUDIT_VIRTUAL_NO_ROOT_USER,
	AUDIT_VIRTUAL_ROOT_OF_KEYS,
	AUDIT_VIRTUAL_NO_SIGN_IN,
	AUDIT_VIRTUAL_NO_DEVICE,
	AUDIT_VIRTUAL,
	AUDIT_VIRTUAL_OTHER_NAME, /* not the one of literal rules */
	AUDIT_NOT_VIRTUAL,
	AUDIT_NOT_VIRTUAL_NAMESAKE, /* a user's device has that name */
	AUDIT_VIRTUAL_NOT_KNOWN,
	AUDIT_VIRTUAL_MFA_NOT_KNOWN,
	/* root, and an access key */
	AUDIT_KEY_NO_ROOT_USER,
	AUDIT_KEY_NONE,
	AUDIT_KEY_THERE,         /* active, inactive, or not told */
	AUDIT_KEY_OF_KEYS,       /* ... of root that has keys only */
	AUDIT_KEY_NOT_KNOWN,
	/* root, and a second device */
	AUDIT_SECOND_NO_ROOT_USER,
	AUDIT_SECOND_ROOT_OF_KEYS,
	AUDIT_SECOND_NO_MFA,
	AUDIT_SECOND,
	AUDIT_SECOND_NONE,
	AUDIT_SECOND_NOT_KNOWN,
	/* root, and who could take its credentials away */
	AUDIT_REMOVABLE_NO_ROOT_USER,
	AUDIT_REMOVABLE_ROOT_OF_KEYS,
	AUDIT_REMOVABLE_NO_MEMBER,
	AUDIT_REMOVABLE_REMOVED,
	AUDIT_REMOVABLE,
	AUDIT_REMOVABLE_NOT_KNOWN,
	/* devices at AWS */
	AUDIT_BOUND,
	AUDIT_NOT_BOUND,
	AUDIT_NOT_BOUND_ALONE,   /* the user has no other device */
	AUDIT_NOT_BOUND_OF_ROOT,
	AUDIT_BOUND_SOON,        /* a sequence of ours has it */
	AUDIT_DEVICES_NOT_LISTED,
	AUDIT_BINDINGS_NOT_READ,
	/* bindings of the registry */
	AUDIT_AT_AWS,
	AUDIT_NOT_AT_AWS,
	AUDIT_GOING,             /* a sequence of ours takes it away */
	AUDIT_AT_AWS_NOT_KNOWN,
	AUDIT_BINDINGS_NOT_KNOWN,
	AUDIT_DEVICE_ERASED,
	/* whether their devices are still with the same user */
	AUDIT_NOT_MOVED,
	AUDIT_MOVED,
	AUDIT_MOVED_NOT_KNOWN,
	AUDIT_MOVED_NOWHERE,
	/* a FIDO device, and its certification */
	AUDIT_CERTIFIED,
	AUDIT_CERTIFIED_BY_US,
	AUDIT_NOT_CERTIFIED,
	AUDIT_CERTIFIED_NOT_KNOWN,
	AUDIT_CERTIFIED_NOT_LISTED,
	/* virtual devices that nobody has */
	AUDIT_ORPHAN_IN_RUN,
	AUDIT_ORPHAN,
	AUDIT_ORPHAN_SEEN_ONCE,
	AUDIT_ORPHAN_NOT_KNOWN,
	/* tokens */
	AUDIT_NOT_VULNERABLE,
	AUDIT_VULNERABLE,
	AUDIT_VULNERABLE_NOT_KNOWN,
	AUDIT_VULNERABLE_NOT_READ,
	AUDIT_VERIFIED,
	AUDIT_NOT_ACCEPTED,
	AUDIT_NOT_VERIFIED,
	AUDIT_VERIFIED_NOT_READ,
	/* sequences of ours */
	AUDIT_RUN_LEFT,
	AUDIT_RUN_LEFT_UNNAMED, /* AWS has not named the device yet */
	AUDIT_RUN_NOT_READ,
	/* mutes */
	AUDIT_MUTE_HOLDS,
	AUDIT_MUTE_PAST,
	AUDIT_MUTE_PAST_UNUSED,
	AUDIT_REASONS, /* how many */
};

enum audit_reason audit_judge_user(const struct audit_user *u);
enum audit_reason audit_judge_admin(const struct audit_user *u);
enum audit_reason audit_judge_resistant(const struct audit_user *u);
enum audit_reason audit_judge_one_device(const struct audit_user *u);

enum audit_reason audit_judge_root(const struct audit_root *root);
enum audit_reason audit_judge_root_virtual(const struct audit_root *root);
enum audit_reason audit_judge_root_key(const struct audit_root *root);
enum audit_reason audit_judge_root_second(const struct audit_root *root);
enum audit_reason audit_judge_root_removable(const struct audit_root *root);
/* A password, a key or a certificate; NO only where all three are known to be
 * absent. */
enum audit_answer audit_root_credentials(const struct audit_root *root);

enum audit_reason audit_judge_device(const struct audit_device *d);
/* Of a FIDO device, or devices that could not be listed. */
enum audit_reason audit_judge_certified(const struct audit_device *d);
enum audit_reason audit_judge_binding(const struct audit_binding *b);
enum audit_reason audit_judge_moved(const struct audit_binding *b);
enum audit_reason audit_judge_orphan(const struct audit_orphan *o);

enum audit_reason audit_judge_vulnerable(const struct audit_token *t);
enum audit_reason audit_judge_verified(const struct audit_token *t);
enum audit_reason audit_judge_unfinished(const struct audit_unfinished *u);
enum audit_reason audit_judge_muting(const struct audit_muting *m);

#endif
