/* SPDX-License-Identifier: Apache-2.0 */
/* One enrollment under way. */
#include "bridge/enroll/enrollment.h"

struct sequence enrollment_sequence(struct enrollment *e)
{
	return (struct sequence){ e->run, e->q->aws, e->q->reg, &e->worker,
		&e->journal, e->q->actor };
}
