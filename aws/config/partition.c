/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions and their endpoints. */
#include "aws/config/partition.h"

#include "base/util.h"

#include <stdio.h>
#include <string.h>

/* The plain STS host is not the FIPS one, there is a root user, passkeys can
 * be devices, a user has up to eight. */
#define ORDINARY false, ROOT_FULL, true, 8

/*
 * Columns as in struct partition. The longest prefix wins by standing first;
 * the last row takes the rest. GovCloud's root user has access keys only, and
 * users there have one device; China has no root user, and its console
 * registers no passkeys.
 */
static const struct partition partitions[] = {
	{ "aws-us-gov", "us-gov-", "us-gov-west-1", "us-gov-west-1",
		"amazonaws.com", "api.aws",
		{ "iam.us-gov", "iam.us-gov", "iam.us-gov", "iam.us-gov" },
		true, ROOT_KEYS_ONLY, true, 1 },
	{ "aws-cn", "cn-", "cn-northwest-1", "cn-north-1",
		"amazonaws.com.cn", "api.amazonwebservices.com.cn",
		{ "iam.cn-north-1", "iam-fips", "iam.global", "iam-fips" },
		false, ROOT_NONE, false, 8 },
	{ "aws-eusc", "eusc-", "eusc-de-east-1", "eusc-de-east-1",
		"amazonaws.eu", "api.amazonwebservices.eu",
		{ "iam.eusc-de-east-1", "iam-fips", "iam.global", "iam-fips"
			}, ORDINARY },
	{ "aws-iso", "us-iso-", "us-iso-east-1", "us-iso-east-1",
		"c2s.ic.gov", "api.aws.ic.gov",
		{ "iam.us-iso-east-1", "iam-fips.us-iso-east-1", "iam",
			"iam-fips" }, ORDINARY },
	{ "aws-iso-b", "us-isob-", "us-isob-east-1", "us-isob-east-1",
		"sc2s.sgov.gov", "api.aws.scloud",
		{ "iam.us-isob-east-1", "iam-fips.us-isob-east-1", "iam",
			"iam-fips" }, ORDINARY },
	{ "aws-iso-e", "eu-isoe-", "eu-isoe-west-1", "eu-isoe-west-1",
		"cloud.adc-e.uk", "api.cloud-aws.adc-e.uk",
		{ "iam.eu-isoe-west-1", "iam-fips", "iam", "iam-fips" },
		ORDINARY },
	{ "aws-iso-f", "us-isof-", "us-isof-south-1", "us-isof-south-1",
		"csp.hci.ic.gov", "api.aws.hci.ic.gov",
		{ "iam.us-isof-south-1", "iam-fips", "iam", "iam-fips" },
		ORDINARY },
	{ "aws", "", "us-east-1", "us-east-1",
		"amazonaws.com", "api.aws",
		{ "iam", "iam-fips", "iam.global", "iam-fips.global" },
		ORDINARY },
};

bool region_is_well_formed(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n >= REGION_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* "aws-cn-global": the region that means the whole partition */
static bool is_pseudo_region(const struct partition *p, const char *region)
{
	size_t n = strlen(p->name);

	return strncmp(region, p->name, n) == 0 &&
		strcmp(region + n, "-global") == 0;
}

const struct partition *partition_of_region(const char *region)
{
	const struct partition *p = partitions;

	/* the last row's prefix is empty: it ends the search */
	for (;; p++)
		if (is_pseudo_region(p, region) ||
			strncmp(region, p->prefix, strlen(p->prefix)) == 0)
			break;
	return p;
}

const struct partition *partition_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(partitions); i++)
		if (strcmp(partitions[i].name, name) == 0)
			return &partitions[i];
	return NULL;
}

static const char *suffix_of(const struct partition *p,
	struct endpoint_form form)
{
	return form.dual ? p->dual_suffix : p->dns_suffix;
}

void partition_iam_host(const struct partition *p, struct endpoint_form form,
	char host[ENDPOINT_MAX], char region[REGION_MAX])
{
	size_t i = (form.fips ? 1u : 0u) + (form.dual ? 2u : 0u);

	snprintf(host, ENDPOINT_MAX, "%s.%s", p->iam_labels[i],
		suffix_of(p, form));
	snprintf(region, REGION_MAX, "%s", p->iam_region);
}

/* The regions that botocore's rules for STS name. */
static bool is_legacy(const char *region, struct endpoint_form form)
{
	static const char *const regions[] = { "ap-northeast-1", "ap-south-1",
		"ap-southeast-1", "ap-southeast-2", "ca-central-1",
		"eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2",
		"eu-west-3", "sa-east-1", "us-east-1", "us-east-2",
		"us-west-1", "us-west-2" };
	size_t i;

	if (!form.legacy || form.fips || form.dual)
		return false;
	for (i = 0; i < ARRAY_LEN(regions); i++)
		if (strcmp(regions[i], region) == 0)
			return true;
	return false;
}

void partition_sts_host(const struct partition *p, const char *in_region,
	struct endpoint_form form, char host[ENDPOINT_MAX],
	char region[REGION_MAX])
{
	bool global = is_pseudo_region(p, in_region) ||
		is_legacy(in_region, form);
	bool plain = !form.fips || (p->sts_is_fips && !form.dual);

	snprintf(region, REGION_MAX, "%s", global ? p->home : in_region);
	if (global && !form.fips && !form.dual &&
		strcmp(p->name, "aws") == 0)
		snprintf(host, ENDPOINT_MAX, "sts.%s", p->dns_suffix);
	else
		snprintf(host, ENDPOINT_MAX, "%s.%s.%s",
			plain ? "sts" : "sts-fips", region,
			suffix_of(p, form));
}

void partition_cloudtrail_host(const struct partition *p,
	const char *in_region, struct endpoint_form form,
	char host[ENDPOINT_MAX], char region[REGION_MAX])
{
	bool plain = !form.fips || (p->sts_is_fips && !form.dual);

	snprintf(region, REGION_MAX, "%s",
		is_pseudo_region(p, in_region) ? p->home : in_region);
	snprintf(host, ENDPOINT_MAX, "%s.%s.%s",
		plain ? "cloudtrail" : "cloudtrail-fips", region,
		suffix_of(p, form));
}

/* It answers in the home region alone. */
void partition_organizations_host(const struct partition *p,
	struct endpoint_form form, char host[ENDPOINT_MAX],
	char region[REGION_MAX])
{
	bool plain = !form.fips || (p->sts_is_fips && !form.dual);

	snprintf(region, REGION_MAX, "%s", p->home);
	snprintf(host, ENDPOINT_MAX, "%s.%s.%s",
		plain ? "organizations" : "organizations-fips", region,
		suffix_of(p, form));
}
