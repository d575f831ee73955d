/* authenticatorReset: everything FIDO, and nothing else. */
#include "key.h"
#include "pin.h"
#include "uv.h"

static void factory(struct token *t)
{
	/* with this all credential ids are dead, those of U2F too */
	random_bytes(t->secret, sizeof t->secret);
	g_ptr_array_set_size(t->residents, 0);
	token_set_pin(t, "");
	token_reset_policy(t);
	g_ptr_array_set_size(t->bio.fingers, 0);
	uv_give_back(t);
	t->counter = 0;
}

int ctap2_reset(struct token *t, const struct call *c, GByteArray *out)
{
	gint64 age = g_get_monotonic_time() - t->plugged_at;

	(void)out;
	/* only soon after plugging in: not by a page while one is away. The
	 * finger may come later than that. */
	if (!c->touched)
		return age > 1000 * (gint64)t->reset_window ?
		       CTAP2_ERR_NOT_ALLOWED : CTAP2_TOUCH;
	factory(t);
	pin_power_up(t);
	ctap2_forget(t);
	token_save(t);
	return CTAP2_OK;
}
