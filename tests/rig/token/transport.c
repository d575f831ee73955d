/* What is the same for all transports: power, cards, unplugging from inside. */
#include "transport.h"

#include "card.h"
#include "ctaphid.h"
#include "pace.h"

#include <string.h>

/* how long an unplug from inside waits until the host has read on */
#define DRAIN_STEP_MS 2
#define DRAIN_STEPS 150

const struct transport *transport_find(const char *name)
{
	static const struct transport *const transports[] = {
		&umockdev_transport, &uhid_transport, &vhci_transport
	};

	for (size_t i = 0; i < G_N_ELEMENTS(transports); i++)
		if (!strcmp(transports[i]->name, name))
			return transports[i];
	return NULL;
}

static void send_now(void *arg, const uint8_t *p, size_t n)
{
	struct token *t = arg;

	t->transport->send(t, p, n);
}

static void send_reports(void *arg, const uint8_t *p, size_t n)
{
	struct token *t = arg;

	pace_put(t->pace_in, t->report_ms, p, n);
}

static void take_now(void *arg, const uint8_t *p, size_t n)
{
	struct token *t = arg;

	for (; n >= HID_REPORT; p += HID_REPORT, n -= HID_REPORT)
		ctaphid_report(t->hid, p);
}

void transport_report(struct token *t, const uint8_t *report)
{
	pace_put(t->pace_out, t->report_ms, report, HID_REPORT);
}

static gboolean unplug_when_read(void *arg)
{
	struct token *t = arg;

	t->unplugging = 0;
	if (t->plugged && t->draining && (!pace_is_empty(t->pace_in) ||
					  !t->transport->drained(t))) {
		t->draining--;
		t->unplugging = g_timeout_add(DRAIN_STEP_MS, unplug_when_read,
					      t);
	} else {
		transport_unplug(t);
	}
	return G_SOURCE_REMOVE;
}

/* from inside a command: let it unwind first */
static void unplug_soon(void *arg)
{
	struct token *t = arg;

	t->draining = DRAIN_STEPS;
	if (!t->unplugging)
		t->unplugging = g_idle_add_full(G_PRIORITY_HIGH,
						unplug_when_read, t, NULL);
}

void transport_add(const struct transport *d, struct token *t)
{
	t->transport = d;
	t->pace_in = pace_new(send_now, t);
	t->pace_out = pace_new(take_now, t);
	d->add(t);
	ctaphid_transport(t->hid, send_reports, unplug_soon, t);
}

void transport_remove(struct token *t)
{
	if (!t->transport)
		return;
	transport_unplug(t);
	t->transport->remove(t);
	pace_free(t->pace_in);
	pace_free(t->pace_out);
	t->transport = NULL;
}

bool transport_plug(struct token *t)
{
	if (t->plugged)
		return false;
	token_power_up(t);
	t->plugged = true;
	t->transport->attach(t);
	card_insert(t->card, true);
	return true;
}

bool transport_unplug(struct token *t)
{
	if (!t->plugged)
		return false;
	if (t->unplugging)
		g_source_remove(t->unplugging);
	t->unplugging = 0;
	t->plugged = false;
	card_insert(t->card, false);
	ctaphid_power_up(t->hid);	/* whatever went on is over */
	pace_clear(t->pace_in);
	pace_clear(t->pace_out);
	t->transport->detach(t);
	return true;
}

bool transport_permission(struct token *t, const char *mode)
{
	return t->plugged && t->transport->permission(t, mode);
}

void transport_event(struct token *t, const char *action)
{
	if (t->plugged)
		t->transport->event(t, action);
}

json_t *transport_describe(const struct token *t)
{
	json_t *j = json_pack("{s:s, s:s, s:I, s:i, s:i, s:i, s:b}",
			      "name", t->name, "profile", t->p.name, "serial",
			      (json_int_t)(t->has_serial ? t->serial : 0),
			      "vid", t->p.vid, "pid", t->p.pid, "vpcd_port",
			      (int)(t->p.ccid ? t->vpcd_port : 0), "plugged",
			      t->plugged);

	json_object_update_new(j, t->transport->nodes(t));
	return j;
}
