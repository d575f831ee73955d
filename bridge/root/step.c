/* SPDX-License-Identifier: Apache-2.0 */
/* A step in the console: told, then seen or stated, then written down. */
#include "bridge/root/leading.h"

#include "bridge/guide/guide.h"
#include "bridge/root/stated.h"

#include <stdio.h>
#include <string.h>

void leading_open(struct leading *l, const char *fmt, ...)
{
	va_list ap;

	if (l->ret->open_n == ARRAY_LEN(l->ret->open))
		return;
	va_start(ap, fmt);
	vsnprintf(l->ret->open[l->ret->open_n++], sizeof(l->ret->open[0]), fmt,
		ap);
	va_end(ap);
}

int leading_tell(struct leading *l, const char *sequence, const char *device,
	struct error *err)
{
	char token[100];
	const struct guide_values values = {
		.partition = l->q->partition->name,
		.value = {
			[GUIDE_ACCOUNT] = l->q->account,
			[GUIDE_DEVICE_NAME] = l->p.device_name,
			[GUIDE_SERIAL] = l->q->serial,
			[GUIDE_TOKEN] = token,
			[GUIDE_DEVICE] = device,
			[GUIDE_EMAIL_HINT] = l->q->email_hint,
		},
	};

	snprintf(token, sizeof(token), "the key %s", l->p.token_name);
	return guide_tell(l->run, sequence, &values, &l->step, err);
}

/* A person's word, where nothing else is to be had. */
static int ask_word(struct leading *l, const char *question,
	enum root_event event, bool *ret, struct error *err)
{
	struct root_observation o = { .event = event, .how = ROOT_BY_WORD,
		.when = time(NULL) };
	enum audit_answer answer = AUDIT_YES;
	int r = 0;

	if (!l->q->stated)
		r = stated_ask(l->run, question, &answer, err);
	*ret = r == 0 && answer == AUDIT_YES;
	if (!*ret)
		return r;
	stated_by(o.by);
	root_progress_see(&l->p, &o);
	return 0;
}

int leading_see(struct leading *l, watch_fn *look, const char *what,
	const char *question, enum root_event event, bool *ret,
	struct error *err)
{
	int r;

	*ret = false;
	if (l->q->aws)
		r = watch_wait(&l->watch, look, what,
			deadline_in(l->q->wait_ms), &l->p, ret, err);
	else
		r = 0;
	if (r < 0 || *ret)
		return r;
	run_say(l->run, "AWS does not show it%s%s.", l->watch.note[0] ?
		": " : "", l->watch.note);
	return ask_word(l, question, event, ret, err);
}

int leading_point(struct leading *l, enum root_point point,
	struct error *err)
{
	l->p.point = point;
	return root_place_write(&l->place, &l->p, err);
}

int leading_begin(struct leading *l, struct error *err)
{
	int r;

	memset(&l->p, 0, sizeof(l->p));
	snprintf(l->p.account, sizeof(l->p.account), "%s", l->q->account);
	snprintf(l->p.endpoint, sizeof(l->p.endpoint), "%s", l->q->endpoint);
	snprintf(l->p.method, sizeof(l->p.method), "%s", l->q->method);
	r = id_new(l->p.journal, err);
	return r < 0 ? r : id_new(l->p.binding, err);
}
