/* SPDX-License-Identifier: Apache-2.0 */
/* authorized_yubikeys files of pam_yubico. */
#include "bridge/local/otp-ids.h"

#include "bridge/local/mapping.h"

#include <stdlib.h>
#include <string.h>

void otp_ids_done(struct otp_ids *ids)
{
	free(ids->p);
	ids->p = NULL;
	ids->n = 0;
}

static bool is_modhex(const struct piece *at)
{
	size_t i;

	for (i = 0; i < at->n; i++)
		if (!at->p[i] || !strchr("cbdefghijklnrtuv", at->p[i]))
			return false;
	return at->n >= 2 && at->n <= OTP_ID_MAX && at->n % 2 == 0;
}

static int take_id(const char *user, const struct piece *what, void *arg,
	struct error *err)
{
	struct otp_ids *ids = arg;
	struct otp_id *p = ids->p;

	if (!is_modhex(what))
		return piece_bad(what, ERROR_MALFORMED, err,
			"that is no public id in modhex: 2 to %d of the "
			"letters cbdefghijklnrtuv, 12 as a rule", OTP_ID_MAX);
	if (ids->n == OTP_IDS_MAX)
		return piece_bad(what, ERROR_MALFORMED, err,
			"these are more than %d ids", OTP_IDS_MAX);
	if ((ids->n & (ids->n - 1)) == 0)
		p = reallocarray(p, ids->n ? 2 * ids->n : 1, sizeof(*p));
	if (!p)
		return error_memory(err);
	ids->p = p;
	p = &p[ids->n++];
	memset(p, 0, sizeof(*p));
	p->line = what->line;
	p->byte = what->byte;
	strcpy(p->user, user);
	memcpy(p->id, what->p, what->n);
	return 0;
}

int otp_ids_parse(const char *p, size_t n, struct otp_ids *ret,
	struct error *err)
{
	CLEANUP(otp_ids_done) struct otp_ids ids = { NULL, 0 };
	int r = mapping_parse(p, n, take_id, &ids, err);

	if (r < 0)
		return r;
	*ret = ids;
	ids = (struct otp_ids){ NULL, 0 };
	return 0;
}
