/* Built-in user verification, and who needs any. */
#include "uv.h"

#include "pin.h"

bool uv_is_configured(const struct token *t)
{
	return t->p.bio && t->bio.fingers->len;
}

bool uv_is_protected(const struct token *t)
{
	return t->pin_set || uv_is_configured(t);
}

void uv_give_back(struct token *t)
{
	t->bio.retries = UV_RETRIES;
}

enum uv uv_perform(struct token *t, const struct call *c)
{
	if (!t->bio.retries)
		return UV_BLOCKED;
	if (!c->touched)
		return UV_WANT_TOUCH;
	if (!t->bio.untrusted)
		t->bio.retries = UV_RETRIES;
	else
		t->bio.retries--;
	token_save(t);
	return !t->bio.untrusted ? UV_GOOD :
	       t->bio.retries ? UV_BAD : UV_BLOCKED;
}

static int by_finger(struct token *t, const struct call *c, bool *ret_uv)
{
	switch (uv_perform(t, c)) {
	case UV_WANT_TOUCH:
		return CTAP2_TOUCH;
	case UV_GOOD:
		*ret_uv = true;
		return CTAP2_OK;
	default:
		/* the platform may go on with the PIN where there is one */
		return t->pin_set ? CTAP2_ERR_PUAT_REQUIRED :
		       CTAP2_ERR_OPERATION_DENIED;
	}
}

int uv_verify(struct token *t, const struct call *c,
	      const struct uv_asked *a, bool *ret_uv)
{
	bool always = t->policy.always_uv && a->always, finger = a->option;
	struct cbor param;

	if (cbor_int_key(&c->req, a->param, &param))
		return pin_authorize(t, &c->req, a->param, a->protocol,
				     a->cdh, 32, a->permission, a->rp_hash,
				     c->touched, ret_uv);
	/* with neither finger nor PIN nobody can be asked */
	if (finger && !uv_is_configured(t))
		return CTAP2_ERR_INVALID_OPTION;
	if (always && !finger && !uv_is_configured(t))
		return CTAP2_ERR_PUAT_REQUIRED;
	return finger || always ? by_finger(t, c, ret_uv) : CTAP2_OK;
}
