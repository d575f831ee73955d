/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions and their endpoints. */
#include "aws/config/partition.h"

#include "base/util.h"

#include <stdio.h>
#include <string.h>

/*
 * The longest prefix wins by standing first; the last row takes the rest.
 * GovCloud has no root user and allows one device per user; the console of the
 * China partition registers no passkeys.
 */
static const struct partition partitions[] = {
	{
		.name = "aws-us-gov",
		.prefix = "us-gov-",
		.pseudo = "aws-us-gov-global",
		.home = "us-gov-west-1",
		.iam_region = "us-gov-west-1",
		.iam_hosts = { "iam.us-gov.amazonaws.com",
			"iam.us-gov.amazonaws.com", "iam.us-gov.api.aws",
			"iam.us-gov.api.aws" },
		.dns_suffix = "amazonaws.com",
		.dual_suffix = "api.aws",
		.sts_is_fips = true,
		.has_root_user = false,
		.fido_supported = true,
		.devices_per_user = 1,
	},
	{
		.name = "aws-cn",
		.prefix = "cn-",
		.pseudo = "aws-cn-global",
		.home = "cn-northwest-1",
		.iam_region = "cn-north-1",
		.iam_hosts = { "iam.cn-north-1.amazonaws.com.cn",
			"iam-fips.amazonaws.com.cn",
			"iam.global.api.amazonwebservices.com.cn",
			"iam-fips.api.amazonwebservices.com.cn" },
		.dns_suffix = "amazonaws.com.cn",
		.dual_suffix = "api.amazonwebservices.com.cn",
		.has_root_user = true,
		.fido_supported = false,
		.devices_per_user = 8,
	},
	{
		.name = "aws-eusc",
		.prefix = "eusc-",
		.pseudo = "aws-eusc-global",
		.home = "eusc-de-east-1",
		.iam_region = "eusc-de-east-1",
		.iam_hosts = { "iam.eusc-de-east-1.amazonaws.eu",
			"iam-fips.amazonaws.eu",
			"iam.global.api.amazonwebservices.eu",
			"iam-fips.api.amazonwebservices.eu" },
		.dns_suffix = "amazonaws.eu",
		.dual_suffix = "api.amazonwebservices.eu",
		.has_root_user = true,
		.fido_supported = true,
		.devices_per_user = 8,
	},
	{
		.name = "aws-iso",
		.prefix = "us-iso-",
		.pseudo = "aws-iso-global",
		.home = "us-iso-east-1",
		.iam_region = "us-iso-east-1",
		.iam_hosts = { "iam.us-iso-east-1.c2s.ic.gov",
			"iam-fips.us-iso-east-1.c2s.ic.gov",
			"iam.api.aws.ic.gov", "iam-fips.api.aws.ic.gov" },
		.dns_suffix = "c2s.ic.gov",
		.dual_suffix = "api.aws.ic.gov",
		.has_root_user = true,
		.fido_supported = true,
		.devices_per_user = 8,
	},
	{
		.name = "aws-iso-b",
		.prefix = "us-isob-",
		.pseudo = "aws-iso-b-global",
		.home = "us-isob-east-1",
		.iam_region = "us-isob-east-1",
		.iam_hosts = { "iam.us-isob-east-1.sc2s.sgov.gov",
			"iam-fips.us-isob-east-1.sc2s.sgov.gov",
			"iam.api.aws.scloud", "iam-fips.api.aws.scloud" },
		.dns_suffix = "sc2s.sgov.gov",
		.dual_suffix = "api.aws.scloud",
		.has_root_user = true,
		.fido_supported = true,
		.devices_per_user = 8,
	},
	{
		.name = "aws-iso-e",
		.prefix = "eu-isoe-",
		.pseudo = "aws-iso-e-global",
		.home = "eu-isoe-west-1",
		.iam_region = "eu-isoe-west-1",
		.iam_hosts = { "iam.eu-isoe-west-1.cloud.adc-e.uk",
			"iam-fips.cloud.adc-e.uk",
			"iam.api.cloud-aws.adc-e.uk",
			"iam-fips.api.cloud-aws.adc-e.uk" },
		.dns_suffix = "cloud.adc-e.uk",
		.dual_suffix = "api.cloud-aws.adc-e.uk",
		.has_root_user = true,
		.fido_supported = true,
		.devices_per_user = 8,
	},
	{
		.name = "aws-iso-f",
		.prefix = "us-isof-",
		.pseudo = "aws-iso-f-global",
		.home = "us-isof-south-1",
		.iam_region = "us-isof-south-1",
		.iam_hosts = { "iam.us-isof-south-1.csp.hci.ic.gov",
			"iam-fips.csp.hci.ic.gov",
			"iam.api.aws.hci.ic.gov",
			"iam-fips.api.aws.hci.ic.gov" },
		.dns_suffix = "csp.hci.ic.gov",
		.dual_suffix = "api.aws.hci.ic.gov",
		.has_root_user = true,
		.fido_supported = true,
		.devices_per_user = 8,
	},
	{
		.name = "aws",
		.prefix = "",
		.pseudo = "aws-global",
		.home = "us-east-1",
		.iam_region = "us-east-1",
		.iam_hosts = { "iam.amazonaws.com", "iam-fips.amazonaws.com",
			"iam.global.api.aws", "iam-fips.global.api.aws" },
		.dns_suffix = "amazonaws.com",
		.dual_suffix = "api.aws",
		.has_root_user = true,
		.fido_supported = true,
		.devices_per_user = 8,
	},
};

bool region_is_well_formed(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n >= REGION_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

const struct partition *partition_of_region(const char *region)
{
	const struct partition *p = partitions;

	/* the last row's prefix is empty: it ends the search */
	for (;; p++)
		if (strcmp(region, p->pseudo) == 0 ||
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

void partition_iam_host(const struct partition *p, struct endpoint_form form,
	char host[ENDPOINT_MAX], char region[REGION_MAX])
{
	size_t i = (form.fips ? 1u : 0u) + (form.dual ? 2u : 0u);

	snprintf(host, ENDPOINT_MAX, "%s", p->iam_hosts[i]);
	snprintf(region, REGION_MAX, "%s", p->iam_region);
}

void partition_sts_host(const struct partition *p, const char *in_region,
	struct endpoint_form form, char host[ENDPOINT_MAX],
	char region[REGION_MAX])
{
	bool global = strcmp(in_region, p->pseudo) == 0;
	bool plain = !form.fips || (p->sts_is_fips && !form.dual);

	snprintf(region, REGION_MAX, "%s", global ? p->home : in_region);
	if (global && !form.fips && !form.dual &&
		strcmp(p->name, "aws") == 0)
		snprintf(host, ENDPOINT_MAX, "sts.%s", p->dns_suffix);
	else
		snprintf(host, ENDPOINT_MAX, "%s.%s.%s",
			plain ? "sts" : "sts-fips", region,
			form.dual ? p->dual_suffix : p->dns_suffix);
}
