/* SPDX-License-Identifier: Apache-2.0 */
/* A build without libpcsclite. */
#include "token/worker/pcsc.h"

int pcsc_new(struct pcsc **ret, struct error *err)
{
	(void)err;
	*ret = NULL;
	return 0;
}

void pcsc_free(struct pcsc **p)
{
	(void)p;
}

int pcsc_each(struct pcsc *p, pcsc_visit visit, void *context,
	unsigned *ret_held, struct error *err)
{
	(void)p;
	(void)visit;
	(void)context;
	(void)ret_held;
	return error_set(err, ERROR_UNSUPPORTED,
		"this build has no PC/SC, so OATH applications cannot be "
		"reached: build with libpcsclite");
}
