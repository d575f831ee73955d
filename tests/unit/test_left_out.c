/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker says that was built without PC/SC and without libykpers. */
#include "token/worker/pcsc.h"
#include "token/worker/yubikey.h"

#include "tests/unit/unit.h"

static void what_is_left_out_says_what_it_needs(void **state)
{
	const struct otp_place place = { 1, 2 };
	struct otp_interface found[OTP_INTERFACES_MAX];
	struct pcsc *p = (struct pcsc *)&found;
	size_t n = 0;
	unsigned held;

	(void)state;
	OK(pcsc_new(&p, &err));
	assert_null(p);
	SAYS(ERROR_UNSUPPORTED, "this build has no PC/SC, so OATH applications "
		"cannot be reached: build with libpcsclite",
		pcsc_each(p, NULL, NULL, &held, &err));
	pcsc_free(&p);
	SAYS(ERROR_UNSUPPORTED, "this build has no libykpers, so OTP slots "
		"cannot be read", yubikey_read(&place, found, &n, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_out_says_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
