/* SPDX-License-Identifier: Apache-2.0 */
/* A token's PIN. */
#include "bridge/prompt/pin.h"

#include "base/file.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

#define PIN_MAX 63 /* bytes, CTAP 2.1 section 6.5.1 */

int pin_read_fd(const struct app *app, enum option_id id, struct secret *ret,
	struct error *err)
{
	char name[32];
	CLEANUP(buf_done) struct buf b;
	uint64_t fd;
	size_t n;
	int r;

	buf_init(&b, 256);
	snprintf(name, sizeof(name), "--%s", option_rows[id].name);
	r = option_number(&app->options, id, 1023, &fd, err);
	if (r == 0)
		r = file_read_fd((int)fd, name, &b, err);
	if (r < 0)
		return r;
	n = b.n;
	while (n > 0 && (b.p[n - 1] == '\n' || b.p[n - 1] == '\r'))
		n--;
	if (n == 0 || n > PIN_MAX || memchr(b.p, '\0', n))
		return error_set(err, ERROR_PIN,
			"%s gives no PIN of 1 to %d bytes", name, PIN_MAX);
	return secret_set(ret, b.p, n, err);
}

static int confirm_last(const struct app *app, int left, struct error *err)
{
	const char *are = left == 1 ? "try is" : "tries are";
	char question[128];
	bool yes = false;
	int r;

	if (option_is_set(&app->options, OPTION_PIN_FD))
		return error_set(err, ERROR_PIN,
			"only %d PIN %s left: none is spent by a script; run "
			"the command by hand", left, are);
	snprintf(question, sizeof(question),
		"Only %d PIN %s left before the token is blocked for good. "
		"Use one? [y/N] ", left, are);
	r = ui_confirm(question, app->cancel_fd, &yes, err);
	if (r == 0 && !yes)
		r = error_set(err, ERROR_PIN,
			"only %d PIN %s left, and nobody said to use one",
			left, are);
	return r;
}

int pin_get(const struct app *app, struct fido *f, struct secret *ret,
	struct error *err)
{
	int left, r = 0;

	fido_set_deadline(f, deadline_in(10000));
	left = fido_pin_retries(f);
	if (left == 0)
		return error_set(err, ERROR_PIN_BLOCKED,
			"the PIN is blocked for good: only a reset, which "
			"erases all credentials, makes the token usable again");
	if (left > 0 && left <= PIN_LAST_TRIES)
		r = confirm_last(app, left, err);
	if (r < 0)
		return r;
	if (option_is_set(&app->options, OPTION_PIN_FD))
		return pin_read_fd(app, OPTION_PIN_FD, ret, err);
	r = ui_ask_secret("PIN of the token: ", app->cancel_fd, ret, err);
	if (r == -ERROR_PIN)
		return error_set(err, ERROR_PIN,
			"the token wants its PIN and there is no terminal to "
			"ask on: give it by --pin-fd N");
	if (r == 0 && (ret->n == 0 || ret->n > PIN_MAX))
		r = error_set(err, ERROR_PIN, "no PIN has %zu bytes", ret->n);
	return r;
}

bool pin_needed_to_make(const struct fido_info *info)
{
	if (info->client_pin != FIDO_ON)
		return false;
	return info->always_uv == FIDO_ON ||
		info->make_cred_uv_not_required != FIDO_ON;
}

bool pin_may_retry(const struct app *app, struct fido *f)
{
	int left;

	if (option_is_set(&app->options, OPTION_PIN_FD))
		return false;
	fido_set_deadline(f, deadline_in(10000));
	left = fido_pin_retries(f);
	if (left <= 0)
		return false;
	ui_say("Wrong PIN: %d %s left.", left, left == 1 ? "try" : "tries");
	return true;
}
