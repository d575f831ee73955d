/* SPDX-License-Identifier: Apache-2.0 */
/* The list of findings, and the one rule that several checks share. */
#include "bridge/doctor/doctor.h"

#include "base/text.h"
#include "base/utf8.h"
#include "udev/nodes.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void findings_done(struct findings *f)
{
	free(f->rows);
	f->rows = NULL;
	f->n = 0;
}

void findings_add(struct findings *f, enum finding_status status,
	const char *check, const char *subject, const char *remedy,
	const char *fmt, ...)
{
	struct finding *grown = reallocarray(f->rows, f->n + 1, sizeof(*grown));
	struct finding *row;
	va_list ap;

	if (!grown) {
		f->failed = true;
		return;
	}
	f->rows = grown;
	row = &grown[f->n++];
	row->status = status;
	row->check = check;
	snprintf(row->subject, sizeof(row->subject), "%s", subject);
	snprintf(row->remedy, sizeof(row->remedy), "%s", remedy ? remedy : "");
	va_start(ap, fmt);
	vsnprintf(row->text, sizeof(row->text), fmt, ap);
	va_end(ap);
	utf8_sanitise(row->subject);
	utf8_sanitise(row->text);
	utf8_sanitise(row->remedy);
}

void findings_group_name(gid_t gid, char *ret, size_t size)
{
	const struct group *g = getgrgid(gid);

	if (g)
		snprintf(ret, size, "%s", g->gr_name);
	else
		snprintf(ret, size, "%u", (unsigned)gid);
}

/* Of nodes that we may open the number alone was read, to be fast. */
static const char *group_of(const struct node *n, char *ret, size_t size)
{
	uint64_t gid;

	if (text_parse_u64(n->group, UINT32_MAX, &gid) < 0)
		return n->group;
	findings_group_name((gid_t)gid, ret, size);
	return ret;
}

bool findings_have(const struct findings *f, const char *check,
	const char *subject)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (strcmp(f->rows[i].check, check) == 0 &&
			strcmp(f->rows[i].subject, subject) == 0)
			return true;
	return false;
}

void findings_add_node(struct findings *f, const struct node *n,
	const char *more)
{
	char name[sizeof(n->group)];
	const char *group = group_of(n, name, sizeof(name));

	if (findings_have(f, "node", n->path))
		return;
	if (n->mode & 0006)
		findings_add(f, FINDING_WARN, "node", n->path,
			"look for a udev rule that sets MODE",
			"mode %04o, group %s: everybody on this machine can "
			"talk to the token", n->mode, group);
	else
		findings_add(f, FINDING_OK, "node", n->path, NULL,
			"mode %04o, group %s%s%s", n->mode, group,
			nodes_have_uaccess(n) ?
				", and whoever sits at the seat" : "",
			more);
}

size_t findings_count(const struct findings *f, enum finding_status status)
{
	size_t i, n = 0;

	for (i = 0; i < f->n; i++)
		n += f->rows[i].status == status;
	return n;
}

const char *finding_status_name(enum finding_status status)
{
	static const char *const names[FINDING_STATUSES] = {
		[FINDING_OK] = "ok",
		[FINDING_WARN] = "warn",
		[FINDING_FAIL] = "fail",
		[FINDING_UNKNOWN] = "unknown",
	};

	return names[status];
}

int path_steps_bad(const struct path_step *steps, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (steps[i].uid != 0 || (steps[i].mode & (S_IWGRP | S_IWOTH)))
			return (int)i;
	return -1;
}
