/* Reports that take their time. */
#include "pace.h"

#include <string.h>

struct pace {
	pace_out out;
	void *arg;
	GByteArray *queue;
	unsigned ms;
	guint timer;
};

struct pace *pace_new(pace_out out, void *arg)
{
	struct pace *p = g_new0(struct pace, 1);

	p->out = out;
	p->arg = arg;
	p->queue = g_byte_array_new();
	return p;
}

void pace_free(struct pace *p)
{
	pace_clear(p);
	g_byte_array_unref(p->queue);
	g_free(p);
}

void pace_clear(struct pace *p)
{
	g_byte_array_set_size(p->queue, 0);
	if (p->timer)
		g_source_remove(p->timer);
	p->timer = 0;
}

bool pace_is_empty(const struct pace *p)
{
	return p->queue->len == 0;
}

static gboolean leave(void *arg)
{
	struct pace *p = arg;
	uint8_t report[HID_REPORT];

	memcpy(report, p->queue->data, HID_REPORT);
	g_byte_array_remove_range(p->queue, 0, HID_REPORT);
	p->timer = p->queue->len ? g_timeout_add(p->ms, leave, p) : 0;
	/* last: it may put more, or clear */
	p->out(p->arg, report, HID_REPORT);
	return G_SOURCE_REMOVE;
}

void pace_put(struct pace *p, unsigned ms, const uint8_t *report, size_t n)
{
	if (!ms && pace_is_empty(p)) {
		p->out(p->arg, report, n);
		return;
	}
	p->ms = ms;
	g_byte_array_append(p->queue, report, (guint)n);
	if (!p->timer)
		p->timer = g_timeout_add(ms, leave, p);
}
