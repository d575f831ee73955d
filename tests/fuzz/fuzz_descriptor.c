/* SPDX-License-Identifier: Apache-2.0 */
/* HID report descriptors and USB descriptors that a device sends. */
#include "udev/nodes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct nodes_interfaces is = nodes_descriptor_interfaces(p, n);

	if ((is.ccid || is.keyboard) && n < 9)
		abort();
	if (nodes_descriptor_is_fido(p, n) && n < 5)
		abort();
	return 0;
}
