/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is freed may be nothing, at both levels. */
#include "aws/http/http.h"
#include "aws/many/calls.h"
#include "aws/report/csv/block.h"
#include "aws/report/input.h"
#include "aws/rights/rights.h"
#include "base/newfile.h"
#include "token/fido/fido.h"
#include "token/trust/mds.h"
#include "udev/monitor.h"

#include "tests/unit/unit.h"

#define OF(name, type)                                                         \
	static void free_##name(void **p)                                      \
	{                                                                      \
		name((type **)p);                                              \
	}

OF(aws_session_free, struct aws_session)
OF(calls_free, struct calls)
OF(csv_block_free, struct csv_block)
OF(fido_free, struct fido)
OF(mds_free, struct mds)
OF(monitor_free, struct monitor)
OF(newfile_free, struct newfile)
OF(report_free, struct report)
OF(report_input_free, struct report_input)
OF(rights_free, struct rights)

static void nothing_is_freed_without_harm(void **state)
{
	static void (*const list[])(void **p) = {
		free_aws_session_free, free_calls_free, free_csv_block_free,
		free_fido_free, free_mds_free, free_monitor_free,
		free_newfile_free, free_report_free, free_report_input_free,
		free_rights_free,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(list); i++) {
		void *nothing = NULL;

		list[i](NULL);
		list[i](&nothing);
		assert_null(nothing);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_freed_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
