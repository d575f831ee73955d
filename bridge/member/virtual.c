/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual device of root's that was deactivated, which is nobody's then. */
#include "bridge/member/removing.h"

#include "base/shell.h"
#include "base/text.h"

#include <string.h>

struct deleting {
	struct aws_session *session;
	const char *serial;
	bool was_gone; /* by the answer: who deleted it, it does not say */
};

static int send_delete_virtual(void *data, struct error *err)
{
	struct deleting *d = data;
	struct error e;
	int r = iam_delete_virtual_mfa_device(d->session, d->serial, &e);

	d->was_gone = r < 0 && strcmp(e.foreign, "NoSuchEntity") == 0;
	return r == 0 || d->was_gone ? 0 : error_copy(err, &e);
}

static char *delete_command(const char *serial)
{
	const char *const words[] = { "aws", "iam",
		"delete-virtual-mfa-device", "--serial-number", serial, NULL };

	return shell_line(words);
}

/* What nobody here may delete is no reason to come again. */
static void tell_undeleted(struct removing *x, const char *serial,
	const struct error *why)
{
	CLEANUP(free_p) char *text = text_format("deactivated; it stays in "
		"the account without a user until a role of that account "
		"deletes it%s%s", why ? ": " : "", why ? why->text : "");

	removing_tell(x, why && why->code != ERROR_REMOTE ? REMOVAL_LEFT :
		REMOVAL_OFF, holding_names[HOLDING_DEVICE], serial,
		text ? text : "deactivated", delete_command(serial));
}

static int delete_one(struct removing *x, const char *serial,
	struct error *err)
{
	struct deleting d = { .serial = serial };
	struct error why;
	int r;

	if (!x->q->there) {
		tell_undeleted(x, serial, NULL);
		return 0;
	}
	d.session = x->q->there->session;
	r = removing_send(x, send_delete_virtual, &d, &why);
	if (r < 0 && (why.code == ERROR_INTERRUPTED ||
		why.code == ERROR_FAILED))
		return error_copy(err, &why);
	if (r < 0)
		tell_undeleted(x, serial, &why);
	else
		removing_tell(x, REMOVAL_DONE, holding_names[HOLDING_DEVICE],
			serial, d.was_gone ? "deactivated, and not there any "
			"more" : "deactivated and deleted", NULL);
	return 0;
}

static bool is_among(const struct holdings *h, const char *serial)
{
	return holdings_have(h, HOLDING_DEVICE, serial);
}

int removing_delete(struct removing *x, struct error *err)
{
	char serial[IAM_SERIAL_MAX + 1];
	size_t place = 0;
	int r = 0;

	while (r == 0 && removal_record_next(&x->record, &place, serial))
		if (!is_among(&x->has, serial) || is_among(&x->gone, serial))
			r = delete_one(x, serial, err);
	return r;
}
