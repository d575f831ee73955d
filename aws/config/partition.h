/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions of AWS: which one a region belongs to, where its services
 * answer, and what differs for MFA devices.
 */
#ifndef AWS_CONFIG_PARTITION_H
#define AWS_CONFIG_PARTITION_H

#include <stdbool.h>

/* What a partition's root user can have. */
enum partition_root {
	ROOT_FULL,      /* password, keys, MFA */
	ROOT_KEYS_ONLY, /* access keys: no sign-in, no MFA */
	ROOT_NONE,      /* there is none */
	ROOT_NOT_KNOWN, /* tried as if it had all, and nothing said of it */
};

/* Whether root can have a password and MFA there, as far as is known: then AWS
 * is asked, and what it answers counts. */
static inline bool partition_root_is_asked(enum partition_root root)
{
	return root == ROOT_FULL || root == ROOT_NOT_KNOWN;
}

/* What a user's MFA device can be. */
enum partition_devices {
	DEVICES_ANY,       /* virtual ones, tokens, passkeys and security keys */
	DEVICES_VIRTUAL,   /* virtual ones alone */
	DEVICES_NOT_KNOWN, /* tried, and nothing said of it */
};

struct partition {
	const char *name;        /* "aws", "aws-cn", "aws-us-gov" ... */
	const char *prefix;      /* of its regions: "cn-"; "" for aws */
	const char *home;        /* region that stands for NAME-global */
	const char *iam_region;  /* that IAM's requests are signed for */
	const char *dns_suffix;  /* of hosts: "amazonaws.com" */
	const char *dual_suffix; /* of dual-stack hosts */
	const char *iam_labels[4]; /* before them: plain, FIPS, dual stack,
	                              both */
	bool is_fips;            /* the plain hosts of STS, Organizations and
	                            CloudTrail are the FIPS ones */
	enum partition_root root;
	enum partition_devices devices;
	unsigned devices_per_user; /* 0: not known */
};

/*
 * How an endpoint is wanted: AWS_USE_FIPS_ENDPOINT, _DUALSTACK_ENDPOINT, and
 * AWS_STS_REGIONAL_ENDPOINTS=legacy, by which the older regions' STS is the
 * one global host.
 */
struct endpoint_form {
	bool fips;
	bool dual;
	bool legacy;
};

#define REGION_MAX 32     /* bytes of a region's name, with NUL */
#define ENDPOINT_MAX 512  /* bytes of an endpoint's URL, with NUL */

/* Whether s could be a region's name: a host label in lower case. */
bool region_is_well_formed(const char *s);

/*
 * The partition of a region, also of its pseudo region ("aws-cn-global"). A
 * region that no row knows is taken for one of `aws`. Never NULL.
 */
const struct partition *partition_of_region(const char *region);

/* By name; NULL where there is none. */
const struct partition *partition_by_name(const char *name);

/*
 * Host and signing region of IAM, and of STS as it answers in every region
 * (for "aws-global" at sts.amazonaws.com, signed for us-east-1).
 */
void partition_iam_host(const struct partition *p, struct endpoint_form form,
	char host[ENDPOINT_MAX], char region[REGION_MAX]);
void partition_sts_host(const struct partition *p, const char *in_region,
	struct endpoint_form form, char host[ENDPOINT_MAX],
	char region[REGION_MAX]);
/* CloudTrail, of one region; the pseudo region's is the home region's. */
void partition_cloudtrail_host(const struct partition *p,
	const char *in_region, struct endpoint_form form,
	char host[ENDPOINT_MAX], char region[REGION_MAX]);
/* Organizations, of which a partition has one. */
void partition_organizations_host(const struct partition *p,
	struct endpoint_form form, char host[ENDPOINT_MAX],
	char region[REGION_MAX]);

/* Of Organizations, which a partition has one of, and of CloudTrail. */
void partition_organizations_host(const struct partition *p,
	struct endpoint_form form, char host[ENDPOINT_MAX],
	char region[REGION_MAX]);
void partition_cloudtrail_host(const struct partition *p, const char *in_region,
	struct endpoint_form form, char host[ENDPOINT_MAX],
	char region[REGION_MAX]);

#endif
