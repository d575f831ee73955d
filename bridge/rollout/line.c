/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a rollout: a line for each key, and the sheet of the day. */
#include "bridge/rollout/pin.h"
#include "bridge/rollout/session.h"

#include "base/text.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const key_outcome_names[KEY_OUTCOMES] = {
	"done", "refused", "failed", "skipped", "undone", "busy",
};

/* Takes object over. */
static int session_result(struct session *x, json_t *object, const char *text,
	struct error *err)
{
	int r;

	if (!object || !text)
		r = error_memory(err);
	else
		r = run_result(x->run, object, text, &x->closed, err);
	json_decref(object);
	return r;
}

static json_t *whole_line(bool changed, const char *name, json_t *o)
{
	return json_pack("{s:i,s:b,s:o}", "version", 1, "changed", changed,
		name, o);
}

/* ---- keys ---- */

static json_t *row_members(const struct plan_row *row)
{
	return json_pack("{s:I,s:s,s:s,s:s,s:s,s:o}",
		"line", (json_int_t)row->line,
		"account", row->account,
		"user", row->user,
		"holder", row->holder,
		"method", row->method,
		"label", json_of_text(row->label));
}

static json_t *key_json(const struct session *x, const struct key_line *k)
{
	json_t *o = row_members(&x->plan->rows[k->row]);
	char head[REGISTRY_HEAD_LEN] = "";

	if (x->has_head && k->outcome == KEY_DONE)
		registry_head_format(&x->head, head);
	json_member(&o, "result", json_string(key_outcome_names[k->outcome]));
	json_member(&o, "port", json_of_text(k->port));
	json_member(&o, "serial", json_of_number(k->has_serial, k->serial));
	json_member(&o, "token", json_of_text(k->token));
	json_member(&o, "device", json_of_text(k->device));
	json_member(&o, "verdict", json_of_text(k->verdict));
	json_member(&o, "text", json_of_text(k->text));
	json_member(&o, "head", json_of_text(head));
	return whole_line(k->outcome == KEY_DONE || k->outcome == KEY_UNDONE,
		"key", o);
}

int session_tell(struct session *x, const struct key_line *k,
	struct error *err)
{
	const struct plan_row *row = &x->plan->rows[k->row];
	const char *where = k->device ? k->device : k->port ? k->port : "";
	CLEANUP(free_p) char *text = NULL;
	char serial[16] = "-";

	x->counts[k->outcome]++;
	if (k->has_serial)
		snprintf(serial, sizeof(serial), "%u", k->serial);
	/* a device's ARN alone is most of a line */
	text = text_format("%-8s  %s  %s  %s%s%s%s%s",
		key_outcome_names[k->outcome], row->user, serial,
		*row->label ? row->label : "-",
		*where || k->text ? "\n          " : "", where,
		*where && k->text ? ": " : "", k->text ? k->text : "");
	return session_result(x, key_json(x, k), text, err);
}

int session_draw(struct session *x, const char *name, enum key_outcome o,
	struct error *err)
{
	struct drawn *grown;
	size_t i;

	for (i = 0; i < x->drawn_n; i++)
		if (strcmp(x->drawn[i].name, name) == 0) {
			/* a key that was given out stays so */
			if (x->drawn[i].outcome != KEY_DONE ||
				o == KEY_UNDONE)
				x->drawn[i].outcome = o;
			return 0;
		}
	grown = reallocarray(x->drawn, x->drawn_n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	x->drawn = grown;
	snprintf(grown[x->drawn_n].name, sizeof(grown->name), "%s", name);
	grown[x->drawn_n++].outcome = o;
	return 0;
}

/* ---- the sheet ---- */

/* What became of the keys of the day; these add up to all of them. */
struct sheet {
	size_t drawn, done, failed, spare;
};

static struct sheet sheet_of(const struct session *x)
{
	struct sheet s = { .drawn = x->drawn_n };
	size_t i;

	for (i = 0; i < x->drawn_n; i++) {
		s.done += x->drawn[i].outcome == KEY_DONE;
		s.failed += x->drawn[i].outcome == KEY_FAILED;
	}
	s.spare = s.drawn - s.done - s.failed;
	return s;
}

static json_t *left_json(const struct session *x)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < x->plan->n; i++) {
		const struct row_record *rec = &x->state.rows[i];

		if (rec->state == ROW_DONE)
			continue;
		o = row_members(&x->plan->rows[i]);
		json_member(&o, "state", json_string(row_state_name(
			rec->state)));
		json_member(&o, "text", json_of_text(rec->text));
		json_row(&list, o);
	}
	return list;
}

static json_t *summary_json(const struct session *x)
{
	const struct sheet s = sheet_of(x);
	char head[REGISTRY_HEAD_LEN] = "";

	if (x->has_head)
		registry_head_format(&x->head, head);
	return whole_line(x->changed, "summary", json_pack(
		"{s:I,s:I,s:I,s:{s:I,s:I,s:I},s:{s:I,s:I,s:I,s:I},s:I,s:o,s:o}",
		"rows", (json_int_t)x->plan->n,
		"before", (json_int_t)x->before,
		"done", (json_int_t)state_count(&x->state, ROW_DONE),
		"counts",
		"skipped", (json_int_t)state_count(&x->state, ROW_SKIPPED),
		"failed", (json_int_t)state_count(&x->state, ROW_FAILED),
		"undone", (json_int_t)x->counts[KEY_UNDONE],
		"keys",
		"drawn", (json_int_t)s.drawn,
		"done", (json_int_t)s.done,
		"failed", (json_int_t)s.failed,
		"spare", (json_int_t)s.spare,
		"pinsOwed", (json_int_t)session_pins_owed(x),
		"left", left_json(x),
		"head", json_of_text(head)));
}

static void put_left(FILE *f, const struct session *x, const char *word)
{
	size_t i;

	for (i = 0; i < x->plan->n; i++) {
		const struct row_record *rec = &x->state.rows[i];
		const struct plan_row *row = &x->plan->rows[i];

		if (rec->state != ROW_DONE)
			fprintf(f, "%-8s  %s  line %zu%s%s\n",
				rec->state == ROW_OPEN ? word :
				row_state_name(rec->state), row->user,
				row->line, rec->text[0] ? "\n          " : "",
				rec->text);
	}
}

static char *summary_text(const struct session *x)
{
	const struct sheet s = sheet_of(x);
	size_t done = state_count(&x->state, ROW_DONE);
	size_t skipped = state_count(&x->state, ROW_SKIPPED);
	size_t failed = state_count(&x->state, ROW_FAILED);
	size_t owed = session_pins_owed(x);
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	put_left(f, x, "left");
	fprintf(f, "users  %zu: %zu done (%zu before), %zu failed, "
		"%zu skipped, %zu left\n", x->plan->n, done, x->before, failed,
		skipped, x->plan->n - done - skipped - failed);
	fprintf(f, "keys   %zu drawn: %zu done, %zu failed, %zu spare",
		s.drawn, s.done, s.failed, s.spare);
	if (owed > 0)
		fprintf(f, "\npins   %zu owed: plug the key%s in again, or "
			"`tokenbridge pin initial`", owed, text_plural(owed));
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

int session_summarise(struct session *x, struct error *err)
{
	CLEANUP(free_p) char *text = summary_text(x);

	return session_result(x, summary_json(x), text, err);
}

/* ---- before the first key ---- */

static const char *right_name(enum right r)
{
	static const char *const names[] = {
		[RIGHT_UNKNOWN] = "unknown",
		[RIGHT_ALLOWED] = "allowed",
		[RIGHT_DENIED] = "denied",
	};

	return names[r];
}

int session_tell_plan(struct session *x, struct error *err)
{
	CLEANUP(free_p) char *text = NULL;
	char *begin = NULL;
	size_t n, left = x->plan->n - x->before;
	FILE *f = open_memstream(&begin, &n);

	if (!f)
		return error_memory(err);
	put_left(f, x, "open");
	fprintf(f, "users   %zu: %zu done before, %zu left\n"
		"rights  to enroll: %s, to undo: %s\n",
		x->plan->n, x->before, left, x->may_enroll == RIGHT_ALLOWED ?
		"allowed by AWS's simulation" : "not known until the first key",
		x->may_undo == RIGHT_UNKNOWN ? "not known until then" :
		right_name(x->may_undo));
	fprintf(f, "Nothing was changed.");
	if (fclose(f) == 0)
		text = begin;
	return session_result(x, whole_line(false, "plan", json_pack(
		"{s:I,s:I,s:s,s:s,s:o}",
		"rows", (json_int_t)x->plan->n,
		"before", (json_int_t)x->before,
		"mayEnroll", right_name(x->may_enroll),
		"mayUndo", right_name(x->may_undo),
		"left", left_json(x))), text, err);
}
