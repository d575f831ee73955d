/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints against those that botocore's rule sets give; ARNs and kinds. */
#include "aws/api/device.h"
#include "aws/config/arn.h"
#include "aws/config/partition.h"

#include "base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void iam_answers_where_the_sdks_ask(void **state)
{
	static const struct {
		const char *region;
		const char *hosts[4]; /* plain, FIPS, dual stack, both */
		const char *signing;
	} rows[] = {
		{ "us-east-1", { "iam.amazonaws.com", "iam-fips.amazonaws.com",
			"iam.global.api.aws", "iam-fips.global.api.aws" },
			"us-east-1" },
		{ "eu-central-1", { "iam.amazonaws.com",
			"iam-fips.amazonaws.com", "iam.global.api.aws",
			"iam-fips.global.api.aws" }, "us-east-1" },
		{ "aws-global", { "iam.amazonaws.com",
			"iam-fips.amazonaws.com", "iam.global.api.aws",
			"iam-fips.global.api.aws" }, "us-east-1" },
		{ "cn-northwest-1", { "iam.cn-north-1.amazonaws.com.cn",
			"iam-fips.amazonaws.com.cn",
			"iam.global.api.amazonwebservices.com.cn",
			"iam-fips.api.amazonwebservices.com.cn" },
			"cn-north-1" },
		{ "us-gov-east-1", { "iam.us-gov.amazonaws.com",
			"iam.us-gov.amazonaws.com", "iam.us-gov.api.aws",
			"iam.us-gov.api.aws" }, "us-gov-west-1" },
		{ "eusc-de-east-1", { "iam.eusc-de-east-1.amazonaws.eu",
			"iam-fips.amazonaws.eu",
			"iam.global.api.amazonwebservices.eu",
			"iam-fips.api.amazonwebservices.eu" },
			"eusc-de-east-1" },
		{ "us-iso-west-1", { "iam.us-iso-east-1.c2s.ic.gov",
			"iam-fips.us-iso-east-1.c2s.ic.gov",
			"iam.api.aws.ic.gov", "iam-fips.api.aws.ic.gov" },
			"us-iso-east-1" },
		{ "us-isob-east-1", { "iam.us-isob-east-1.sc2s.sgov.gov",
			"iam-fips.us-isob-east-1.sc2s.sgov.gov",
			"iam.api.aws.scloud", "iam-fips.api.aws.scloud" },
			"us-isob-east-1" },
		{ "eu-isoe-west-1", { "iam.eu-isoe-west-1.cloud.adc-e.uk",
			"iam-fips.cloud.adc-e.uk",
			"iam.api.cloud-aws.adc-e.uk",
			"iam-fips.api.cloud-aws.adc-e.uk" },
			"eu-isoe-west-1" },
		{ "us-isof-south-1", { "iam.us-isof-south-1.csp.hci.ic.gov",
			"iam-fips.csp.hci.ic.gov", "iam.api.aws.hci.ic.gov",
			"iam-fips.api.aws.hci.ic.gov" }, "us-isof-south-1" },
	};
	char host[ENDPOINT_MAX], region[REGION_MAX];
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		for (k = 0; k < 4; k++) {
			struct endpoint_form form = { k & 1, k & 2 };

			partition_iam_host(partition_of_region(rows[i].region),
				form, host, region);
			assert_string_equal(host, rows[i].hosts[k]);
			assert_string_equal(region, rows[i].signing);
		}
}

static void sts_answers_in_every_region(void **state)
{
	static const struct {
		const char *region;
		bool fips, dual;
		const char *host;
		const char *signing;
	} rows[] = {
		{ "us-east-1", 0, 0, "sts.us-east-1.amazonaws.com",
			"us-east-1" },
		{ "eu-central-1", 0, 1, "sts.eu-central-1.api.aws",
			"eu-central-1" },
		{ "us-east-1", 1, 0, "sts-fips.us-east-1.amazonaws.com",
			"us-east-1" },
		{ "us-east-1", 1, 1, "sts-fips.us-east-1.api.aws",
			"us-east-1" },
		{ "aws-global", 0, 0, "sts.amazonaws.com", "us-east-1" },
		{ "aws-global", 1, 0, "sts-fips.us-east-1.amazonaws.com",
			"us-east-1" },
		{ "cn-north-1", 0, 0, "sts.cn-north-1.amazonaws.com.cn",
			"cn-north-1" },
		{ "us-gov-east-1", 1, 0, "sts.us-gov-east-1.amazonaws.com",
			"us-gov-east-1" },
		{ "us-gov-east-1", 1, 1, "sts-fips.us-gov-east-1.api.aws",
			"us-gov-east-1" },
		{ "eusc-de-east-1", 0, 1,
			"sts.eusc-de-east-1.api.amazonwebservices.eu",
			"eusc-de-east-1" },
		{ "us-iso-east-1", 0, 0, "sts.us-iso-east-1.c2s.ic.gov",
			"us-iso-east-1" },
	};
	char host[ENDPOINT_MAX], region[REGION_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct endpoint_form form = { rows[i].fips, rows[i].dual };

		partition_sts_host(partition_of_region(rows[i].region),
			rows[i].region, form, host, region);
		assert_string_equal(host, rows[i].host);
		assert_string_equal(region, rows[i].signing);
	}
}

static void the_old_regions_share_one_where_that_is_wanted(void **state)
{
	static const struct {
		const char *region;
		bool fips, dual, shared;
	} rows[] = {
		{ "ap-northeast-1", 0, 0, true }, { "ap-south-1", 0, 0, true },
		{ "ap-southeast-1", 0, 0, true },
		{ "ap-southeast-2", 0, 0, true },
		{ "aws-global", 0, 0, true }, { "ca-central-1", 0, 0, true },
		{ "eu-central-1", 0, 0, true }, { "eu-north-1", 0, 0, true },
		{ "eu-west-1", 0, 0, true }, { "eu-west-2", 0, 0, true },
		{ "eu-west-3", 0, 0, true }, { "sa-east-1", 0, 0, true },
		{ "us-east-1", 0, 0, true }, { "us-east-2", 0, 0, true },
		{ "us-west-1", 0, 0, true }, { "us-west-2", 0, 0, true },
		{ "us-west-2", 1, 0, false }, { "us-west-2", 0, 1, false },
		{ "ap-northeast-2", 0, 0, false },
		{ "eu-south-1", 0, 0, false }, { "cn-north-1", 0, 0, false },
		{ "us-gov-west-1", 0, 0, false },
	};
	char host[ENDPOINT_MAX], region[REGION_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct endpoint_form form = { .fips = rows[i].fips,
			.dual = rows[i].dual, .legacy = true };

		partition_sts_host(partition_of_region(rows[i].region),
			rows[i].region, form, host, region);
		if ((strcmp(host, "sts.amazonaws.com") == 0) !=
			rows[i].shared)
			fail_msg("%s: %s", rows[i].region, host);
		assert_string_equal(region, rows[i].shared ? "us-east-1" :
			rows[i].region);
	}
}

static void partitions_differ_in_what_mfa_can_be(void **state)
{
	static const struct {
		const char *region, *name;
		enum partition_root root;
		enum partition_devices kinds;
		unsigned devices;
	} rows[] = {
		{ "eu-west-1", "aws", ROOT_FULL, DEVICES_ANY, 8 },
		{ "mars-north-1", "aws", ROOT_FULL, DEVICES_ANY, 8 },
		{ "cn-north-1", "aws-cn", ROOT_NONE, DEVICES_VIRTUAL, 8 },
		{ "us-gov-west-1", "aws-us-gov", ROOT_KEYS_ONLY, DEVICES_ANY, 1 },
		{ "us-iso-east-1", "aws-iso", ROOT_NOT_KNOWN, DEVICES_NOT_KNOWN, 0 },
		{ "us-isob-east-1", "aws-iso-b", ROOT_NOT_KNOWN, DEVICES_NOT_KNOWN, 0 },
		{ "aws-cn-global", "aws-cn", ROOT_NONE, DEVICES_VIRTUAL, 8 },
	};
	const struct partition *p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		p = partition_of_region(rows[i].region);
		assert_string_equal(p->name, rows[i].name);
		assert_int_equal(p->root, rows[i].root);
		assert_int_equal(p->devices, rows[i].kinds);
		assert_int_equal(p->devices_per_user, rows[i].devices);
		assert_ptr_equal(partition_by_name(rows[i].name), p);
	}
	assert_null(partition_by_name("aws-mars"));
}

static void a_region_is_a_host_label(void **state)
{
	(void)state;
	assert_true(region_is_well_formed("us-east-1"));
	assert_false(region_is_well_formed(""));
	assert_false(region_is_well_formed("US-EAST-1"));
	assert_false(region_is_well_formed("us-east-1.evil.example/"));
	assert_false(region_is_well_formed("us-east-1 # home"));
	assert_false(region_is_well_formed("-us"));
	assert_false(region_is_well_formed(
		"a-region-that-is-far-too-long-for-one"));
}

static void the_serial_tells_the_kind(void **state)
{
	static const struct {
		const char *serial;
		enum device_kind kind;
		const char *name;
	} rows[] = {
		{ "arn:aws:iam::123456789012:mfa/alice", DEVICE_VIRTUAL,
			"virtual" },
		{ "arn:aws-cn:iam::123456789012:mfa/a/b/alice", DEVICE_VIRTUAL,
			"virtual" },
		{ "arn:aws:iam::123456789012:u2f/user/alice/blue-ABC",
			DEVICE_FIDO, "fido" },
		{ "arn:aws:iam::123456789012:u2f/root/blue-ABC", DEVICE_FIDO,
			"fido" },
		{ "arn:aws:iam::123456789012:sms-mfa/alice", DEVICE_SMS,
			"sms" },
		{ "arn:aws:iam::123456789012:new/alice", DEVICE_UNKNOWN,
			"unknown" },
		{ "arn:aws:iam::123456789012:mfa", DEVICE_UNKNOWN,
			"unknown" },
		{ "GAHT12345678", DEVICE_HARDWARE, "hardware" },
		{ "mfa/alice", DEVICE_HARDWARE, "hardware" },
		{ "arn:aws:iam", DEVICE_HARDWARE, "hardware" },
		{ "", DEVICE_HARDWARE, "hardware" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(device_kind(rows[i].serial), rows[i].kind);
		assert_string_equal(device_kind_name(rows[i].kind),
			rows[i].name);
	}
}

static void only_the_account_s_root_is_root(void **state)
{
	(void)state;
	assert_true(arn_is_root("arn:aws:iam::123456789012:root"));
	assert_true(arn_is_root("arn:aws-us-gov:iam::123456789012:root"));
	assert_false(arn_is_root("arn:aws:iam::123456789012:user/root"));
	assert_false(arn_is_root("arn:aws:iam::123456789012:user/a:root"));
	assert_false(arn_is_root("arn:aws:sts::123456789012:root"));
	assert_false(arn_is_root("arn:aws:iam::123456789012:rooted"));
	assert_false(arn_is_root("root"));
}

static void an_arn_holds_its_account(void **state)
{
	char account[ARN_ACCOUNT_LEN + 1] = "-";

	(void)state;
	assert_true(arn_account("arn:aws:iam::123456789012:user/alice",
		account));
	assert_string_equal(account, "123456789012");
	strcpy(account, "-");
	assert_false(arn_account("arn:aws:iam::aws:policy/X", account));
	assert_false(arn_account("arn:aws:iam::12345678901x:user/a", account));
	assert_false(arn_account("123456789012", account));
	assert_string_equal(account, "-");
}

static void the_log_and_the_organization_have_hosts_of_their_own(void **state)
{
	static const struct {
		const char *region;
		bool fips, dual;
		const char *trail, *trail_region, *organization, *home;
	} rows[] = {
		{ "us-west-2", false, false,
			"cloudtrail.us-west-2.amazonaws.com", "us-west-2",
			"organizations.us-east-1.amazonaws.com", "us-east-1" },
		{ "us-west-2", true, false,
			"cloudtrail-fips.us-west-2.amazonaws.com", "us-west-2",
			"organizations-fips.us-east-1.amazonaws.com",
			"us-east-1" },
		{ "aws-global", false, true,
			"cloudtrail.us-east-1.api.aws", "us-east-1",
			"organizations.us-east-1.api.aws", "us-east-1" },
		{ "cn-north-1", false, false,
			"cloudtrail.cn-north-1.amazonaws.com.cn", "cn-north-1",
			"organizations.cn-northwest-1.amazonaws.com.cn",
			"cn-northwest-1" },
		{ "us-gov-east-1", true, false,
			"cloudtrail.us-gov-east-1.amazonaws.com",
			"us-gov-east-1",
			"organizations.us-gov-west-1.amazonaws.com",
			"us-gov-west-1" },
	};
	char host[ENDPOINT_MAX], region[REGION_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct partition *p =
			partition_of_region(rows[i].region);
		const struct endpoint_form form = { rows[i].fips,
			rows[i].dual };

		partition_cloudtrail_host(p, rows[i].region, form, host,
			region);
		assert_string_equal(host, rows[i].trail);
		assert_string_equal(region, rows[i].trail_region);
		partition_organizations_host(p, form, host, region);
		assert_string_equal(host, rows[i].organization);
		assert_string_equal(region, rows[i].home);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iam_answers_where_the_sdks_ask),
		cmocka_unit_test(sts_answers_in_every_region),
		cmocka_unit_test(
			the_old_regions_share_one_where_that_is_wanted),
		cmocka_unit_test(partitions_differ_in_what_mfa_can_be),
		cmocka_unit_test(a_region_is_a_host_label),
		cmocka_unit_test(the_serial_tells_the_kind),
		cmocka_unit_test(only_the_account_s_root_is_root),
		cmocka_unit_test(an_arn_holds_its_account),
		cmocka_unit_test(the_log_and_the_organization_have_hosts_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
