/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of DeviceInfo, one behind the other. */
#include "token/model/devinfo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct devinfo d = { .present = false }, before;
	size_t len;
	int pages;

	for (pages = 0; n > 0 && pages < DEVINFO_PAGES_MAX; pages++) {
		len = 1u + p[0] < n ? 1u + p[0] : n;
		before = d;
		if (devinfo_parse(p, len, &d, NULL) < 0) {
			if (memcmp(&d, &before, sizeof(d)) != 0)
				abort();
		} else if (!d.present || (d.has_serial && d.serial == 0) ||
			d.form_factor > 15) {
			abort();
		}
		(void)devinfo_form_factor(&d);
		(void)devinfo_enabled(&d, DEVINFO_OATH);
		p += len;
		n -= len;
	}
	return 0;
}
