/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identity and Access Management, API version 2010-05-08: users, MFA devices,
 * the account's summary, the credential report.
 *
 * Errors as in aws/query/session.h, and ERROR_USAGE for an argument that AWS's model
 * does not allow (nothing is sent then). Lists follow IsTruncated and Marker
 * to the end and call back once per item; a Marker that comes again and more
 * than 10,000 pages are ERROR_MALFORMED. A callback's negative result stops
 * the list and is returned; it may be called for items before a later page
 * fails. Items are borrowed for the callback. What was asked for by name is
 * what comes back: an answer about another user or device is ERROR_MALFORMED.
 *
 * iam_ask_... puts the same question into the queue of `c`
 * (aws/many/calls.h): what the one without it takes and fills has to hold until
 * `done` has been called with `data`; outputs are filled by then, where there
 * was no error.
 */
#ifndef AWS_API_IAM_H
#define AWS_API_IAM_H

#include "aws/config/arn.h"
#include "aws/api/device.h"
#include "aws/many/calls.h"

#define IAM_NAME_MAX 128
#define IAM_PATH_MAX 512
#define IAM_ID_MAX 128
#define IAM_SERIAL_MAX 256
#define IAM_SEED_LEN 40 /* bytes of a virtual device's seed */

struct iam_user {
	char name[IAM_NAME_MAX + 1]; /* "" for root */
	char path[IAM_PATH_MAX + 1]; /* "/", "" for root */
	char id[IAM_ID_MAX + 1];     /* "AIDA...": never given again */
	char arn[ARN_MAX + 1];
	time_t created;              /* 0: not told */
	time_t password_last_used;   /* 0: not told; says nothing about
	                                whether there is a password */
};
typedef int (*iam_user_fn)(void *data, const struct iam_user *user,
	struct error *err);

/* The account's alias; *ret is NULL where it has none or the caller may not
 * ask (iam:ListAccountAliases). Owned by the caller. */
int iam_get_account_alias(struct aws_session *s, char **ret,
	struct error *err);

/* name NULL: the caller. *ret_found is false where there is no such user
 * (NULL: that is ERROR_REMOTE with NoSuchEntity). */
int iam_get_user(struct aws_session *s, const char *name, struct iam_user *ret,
	bool *ret_found, struct error *err);
int iam_ask_user(struct calls *c, const char *name, struct iam_user *ret,
	bool *ret_found, ask_done_fn done, void *data, struct error *err);
int iam_list_users(struct aws_session *s, iam_user_fn fn, void *data,
	struct error *err);

/* A device that is enabled for a user. */
struct iam_device {
	char user[IAM_NAME_MAX + 1];
	char serial[IAM_SERIAL_MAX + 1];
	enum device_kind kind;
	time_t enabled; /* 0: not told */
};
typedef int (*iam_device_fn)(void *data, const struct iam_device *device,
	struct error *err);

/* user NULL: the caller, which for root's keys is root. */
int iam_list_mfa_devices(struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *err);
/* `data` is that of `fn` and of `done`. */
int iam_ask_mfa_devices(struct calls *c, const char *user, iam_device_fn fn,
	ask_done_fn done, void *data, struct error *err);

enum iam_assignment { IAM_ANY, IAM_ASSIGNED, IAM_UNASSIGNED };

struct iam_virtual_device {
	char serial[IAM_SERIAL_MAX + 1];
	bool assigned;
	bool of_root;                /* User.Arn is the account's root */
	char user[IAM_NAME_MAX + 1]; /* "" where unassigned or root */
	char user_id[IAM_ID_MAX + 1]; /* ..., or not told */
	char user_arn[ARN_MAX + 1];  /* "" where unassigned */
	time_t enabled;              /* 0: not told */
};
typedef int (*iam_virtual_fn)(void *data,
	const struct iam_virtual_device *device, struct error *err);

int iam_list_virtual_mfa_devices(struct aws_session *s,
	enum iam_assignment which, iam_virtual_fn fn, void *data,
	struct error *err);

/*
 * CreateVirtualMFADevice. path NULL: "/". The seed (IAM_SEED_LEN raw bytes,
 * decoded from base64 and base32) is a secret that the caller ends.
 *
 * ERROR_MALFORMED where AWS's answer holds no such seed, or names another
 * device than this one: the device is there then, and goes by the name that was
 * asked for. `serial` is filled only where the answer names it. With
 * every other failure both are untouched. A name that exists is
 * ERROR_REMOTE with foreign EntityAlreadyExists.
 */
int iam_create_virtual_mfa_device(struct aws_session *s, const char *name,
	const char *path, char serial[IAM_SERIAL_MAX + 1],
	struct secret *ret_seed, struct error *err);
/* 404 NoSuchEntity and 409 DeleteConflict are ERROR_REMOTE. */
int iam_delete_virtual_mfa_device(struct aws_session *s, const char *serial,
	struct error *err);

/* Two consecutive codes of six digits, the older one first. */
int iam_enable_mfa_device(struct aws_session *s, const char *user,
	const char *serial, const char *code1, const char *code2,
	struct error *err);
int iam_resync_mfa_device(struct aws_session *s, const char *user,
	const char *serial, const char *code1, const char *code2,
	struct error *err);
/* user NULL: the caller */
int iam_deactivate_mfa_device(struct aws_session *s, const char *user,
	const char *serial, struct error *err);

/* Certifications of a FIDO device, as AWS keeps them from the metadata
 * service. */
struct iam_certification {
	char name[64];  /* "FIDO", "FIDO-FIPS-140-2" */
	char level[64]; /* "L1", "L2" */
};
#define IAM_CERTIFICATIONS_MAX 8
struct iam_fido_device {
	char user[IAM_NAME_MAX + 1];
	char serial[IAM_SERIAL_MAX + 1];
	time_t enabled;
	struct iam_certification certifications[IAM_CERTIFICATIONS_MAX];
	size_t count; /* 0: AWS holds none */
};
/* GetMFADevice: for serials of kind DEVICE_FIDO. user NULL: not given. */
int iam_get_mfa_device(struct aws_session *s, const char *user,
	const char *serial, struct iam_fido_device *ret, struct error *err);
int iam_ask_mfa_device(struct calls *c, const char *user, const char *serial,
	struct iam_fido_device *ret, ask_done_fn done, void *data,
	struct error *err);

#define IAM_UNKNOWN (-1)
/* GetAccountSummary; IAM_UNKNOWN where AWS did not say. */
struct iam_account_summary {
	int64_t root_mfa;          /* AccountMFAEnabled, 0 or 1 */
	int64_t root_password;     /* AccountPasswordPresent, 0 or 1 */
	int64_t root_access_keys;  /* AccountAccessKeysPresent */
	int64_t root_certificates; /* AccountSigningCertificatesPresent */
	int64_t devices;           /* MFADevices */
	int64_t devices_in_use;    /* MFADevicesInUse */
	int64_t users;             /* Users */
};
int iam_get_account_summary(struct aws_session *s,
	struct iam_account_summary *ret, struct error *err);

/* GetLoginProfile: whether the user has a console password. A user that does
 * not exist reads as none, as AWS does not tell the two apart. */
int iam_get_login_profile(struct aws_session *s, const char *user,
	bool *ret_exists, struct error *err);
int iam_ask_login_profile(struct calls *c, const char *user, bool *ret_exists,
	ask_done_fn done, void *data, struct error *err);

struct iam_access_key {
	char id[ACCESS_KEY_ID_MAX];
	bool active;
	time_t created; /* 0: not told */
};
typedef int (*iam_access_key_fn)(void *data, const struct iam_access_key *key,
	struct error *err);
/* user NULL: the caller */
int iam_list_access_keys(struct aws_session *s, const char *user,
	iam_access_key_fn fn, void *data, struct error *err);
/* `data` is that of `fn` and of `done`. */
int iam_ask_access_keys(struct calls *c, const char *user,
	iam_access_key_fn fn, ask_done_fn done, void *data, struct error *err);

/*
 * Writes an inline policy of the user, over one of the same name; document is
 * JSON as AWS takes it. Sent again it changes nothing, as the two below.
 */
int iam_put_user_policy(struct aws_session *s, const char *user,
	const char *name, const char *document, struct error *err);
/* Switches a user's access key on or off. */
int iam_update_access_key(struct aws_session *s, const char *user,
	const char *id, bool active, struct error *err);
/* Takes the console password away; one that is not there is ERROR_REMOTE with
 * NoSuchEntity. */
int iam_delete_login_profile(struct aws_session *s, const char *user,
	struct error *err);

/*
 * SimulatePrincipalPolicy: what the policies of a user or role would say to
 * actions on resources. Nothing is tried. It knows no policy of an organisation
 * beyond what AWS takes into account there, and no condition's values.
 */
#define IAM_SIMULATE_MAX 32 /* actions, and resources, of one question */

struct iam_simulation {
	const char *principal; /* ARN of a user or role; borrowed, as all */
	const char *const *actions; /* "iam:EnableMFADevice" */
	size_t actions_n;
	const char *const *resources; /* ARNs; none: all */
	size_t resources_n;
};

struct iam_decision {
	char action[129];
	char resource[ARN_MAX + 1]; /* "" where not told */
	bool allowed;
	bool depends; /* on what the simulation was not told: MFA, addresses */
};
typedef int (*iam_decision_fn)(void *data, const struct iam_decision *d,
	struct error *err);
int iam_simulate_principal_policy(struct aws_session *s,
	const struct iam_simulation *q, iam_decision_fn fn, void *data,
	struct error *err);

/* Receives decoded pieces of the report's CSV, in order. */
typedef int (*iam_report_fn)(void *data, const unsigned char *p, size_t n,
	struct error *err);

struct iam_report_info {
	time_t generated; /* GeneratedTime; 0: not told */
	bool renewed;     /* GenerateCredentialReport said COMPLETE or made a
	                     new one; false: the caller may not or AWS was
	                     busy, and this is the last one made */
	time_t begun;     /* AWS's clock when it said that the making of this
	                     report began with our asking (STARTED); 0: it
	                     did not. A later `generated` means that nothing
	                     in the report is older than our question */
};

/*
 * GenerateCredentialReport alone, for who comes back for it later. *ret_begun is
 * AWS's clock where AWS began to make one by this, else 0.
 */
int iam_begin_credential_report(struct aws_session *s, time_t *ret_begun,
	struct error *err);

/*
 * GenerateCredentialReport and GetCredentialReport, asked again with growing
 * pauses until the report is there or `until` (and the session's deadline)
 * passes: ERROR_TIMEOUT. AWS makes a new one at most every four hours.
 */
int iam_get_credential_report(struct aws_session *s, deadline_t until,
	iam_report_fn fn, void *data, struct iam_report_info *ret,
	struct error *err);

#endif
