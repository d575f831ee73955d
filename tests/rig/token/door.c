/* What is the same for all doors: power, cards, unplugging from inside. */
#include "door.h"

#include "card.h"
#include "ctaphid.h"

#include <string.h>

/* how long an unplug from inside waits until the host has read on */
#define DRAIN_STEP_MS 2
#define DRAIN_STEPS 150

const struct door *door_find(const char *name)
{
	static const struct door *const doors[] = {
		&umockdev_door, &uhid_door, &vhci_door
	};

	for (size_t i = 0; i < G_N_ELEMENTS(doors); i++)
		if (!strcmp(doors[i]->name, name))
			return doors[i];
	return NULL;
}

static void send_reports(void *arg, const uint8_t *p, size_t n)
{
	struct token *t = arg;

	t->door->send(t, p, n);
}

static gboolean unplug_when_read(void *arg)
{
	struct token *t = arg;

	t->unplugging = 0;
	if (t->plugged && t->draining && !t->door->drained(t)) {
		t->draining--;
		t->unplugging = g_timeout_add(DRAIN_STEP_MS, unplug_when_read,
					      t);
	} else {
		door_unplug(t);
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

void door_add(const struct door *d, struct token *t)
{
	t->door = d;
	d->add(t);
	ctaphid_door(t->hid, send_reports, unplug_soon, t);
}

void door_remove(struct token *t)
{
	if (!t->door)
		return;
	door_unplug(t);
	t->door->remove(t);
	t->door = NULL;
}

bool door_plug(struct token *t)
{
	if (t->plugged)
		return false;
	token_power_up(t);
	t->plugged = true;
	t->door->attach(t);
	card_insert(t->card, true);
	return true;
}

bool door_unplug(struct token *t)
{
	if (!t->plugged)
		return false;
	if (t->unplugging)
		g_source_remove(t->unplugging);
	t->unplugging = 0;
	t->plugged = false;
	card_insert(t->card, false);
	ctaphid_power_up(t->hid);	/* whatever went on is over */
	t->door->detach(t);
	return true;
}

bool door_permission(struct token *t, const char *mode)
{
	return t->plugged && t->door->permission(t, mode);
}

void door_event(struct token *t, const char *action)
{
	if (t->plugged)
		t->door->event(t, action);
}

json_t *door_describe(const struct token *t)
{
	json_t *j = json_pack("{s:s, s:s, s:I, s:i, s:i, s:i, s:b}",
			      "name", t->name, "profile", t->p.name, "serial",
			      (json_int_t)(t->has_serial ? t->serial : 0),
			      "vid", t->p.vid, "pid", t->p.pid, "vpcd_port",
			      (int)(t->p.ccid ? t->vpcd_port : 0), "plugged",
			      t->plugged);

	json_object_update_new(j, t->door->nodes(t));
	return j;
}
