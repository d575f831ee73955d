/* SPDX-License-Identifier: Apache-2.0 */
/* What all outputs share: a stream that they print to. */
#include "bridge/audit/output/output.h"

#include <stdio.h>

bool audit_output_is_lost(const struct audit_printer *p)
{
	return ferror(p->to) != 0;
}
