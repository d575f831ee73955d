/* Built-in user verification: the fingerprint reader. */
#ifndef TOKEN_UV_H
#define TOKEN_UV_H

#include "ctap2.h"

enum uv { UV_WANT_TOUCH, UV_GOOD, UV_BAD, UV_BLOCKED };

#define UV_RETRIES 3

/* a finger is enrolled; a PIN is set or a finger enrolled */
bool uv_is_configured(const struct token *t);
bool uv_is_protected(const struct token *t);
/* One look at the finger: a bad one costs a retry. Saved. */
enum uv uv_perform(struct token *t, const struct call *c);
/* The PIN was right: the finger may be tried again. The caller saves. */
void uv_give_back(struct token *t);

/* Who asks for a user: the parameters of makeCredential or getAssertion. */
struct uv_asked {
	int param, protocol;	/* their keys */
	const uint8_t *cdh, *rp_hash;
	unsigned permission;
	bool option;		/* option uv is true */
	bool always;		/* alwaysUv would apply to it */
};

/* By PIN/UV auth token, by finger, or not at all, as it was asked and as
 * alwaysUv has it: *ret_uv says which flag is due. A status. */
int uv_verify(struct token *t, const struct call *c,
	      const struct uv_asked *a, bool *ret_uv);

#endif
