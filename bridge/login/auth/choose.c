/* SPDX-License-Identifier: Apache-2.0 */
/* Fitness of a token, and reasons. */
#include "bridge/login/auth/choose.h"

/* With this many tries left or fewer none is spent at login. */
#define PIN_SCARCE 3

/* Why no PIN can be asked for; LOGIN_READY where it can. */
static enum login_result check_pin(const struct choose_demand *demand,
	const struct agent_facts *facts, bool is_signed, struct error *err)
{
	int left = facts->pin_retries;

	if (demand->from_afar) {
		error_set(err, ERROR_REFUSED,
			"a PIN is never asked for from afar");
		return LOGIN_NOT_LOCAL;
	}
	if (!is_signed || !facts->has_pin) {
		error_set(err, ERROR_PIN,
			"the token has no PIN, and login wants one");
		return LOGIN_FAILED;
	}
	if (facts->pin_change_forced) {
		error_set(err, ERROR_PIN,
			"the token takes no PIN before it is given a new one");
		return LOGIN_PIN_CHANGE;
	}
	if (left > PIN_SCARCE)
		return LOGIN_READY;
	if (left == 0) {
		error_set(err, ERROR_PIN_BLOCKED, "no PIN try is left");
		return LOGIN_PIN_DEAD;
	}
	error_set(err, ERROR_PIN, "only %d PIN tries are left, and none of the "
		"last is spent at login", left < 0 ? 0 : left);
	return LOGIN_PIN_SCARCE;
}

enum login_result choose_fitness(const struct choose_demand *demand,
	const struct login_credential *c, const struct agent_facts *facts,
	bool is_signed, bool *ret_pin, struct error *err)
{
	*ret_pin = demand->verify || c->verify_required || facts->always_uv;
	return *ret_pin ? check_pin(demand, facts, is_signed, err) :
			  LOGIN_READY;
}

/* The most telling first. */
static const enum login_result reasons[] = {
	LOGIN_FALSE,
	LOGIN_PIN_WRONG,
	LOGIN_PIN_BLOCKED,
	LOGIN_NOT_TOUCHED,
	LOGIN_PIN_CHANGE,
	LOGIN_PIN_DEAD,
	LOGIN_PIN_SCARCE,
	LOGIN_NOT_LOCAL,
	LOGIN_FAILED,
	LOGIN_BUSY,
	LOGIN_SILENT,
	LOGIN_NO_TOKEN,
};

static size_t rank(enum login_result result)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i] == result)
			return i;
	return 0; /* what is not listed is not passed over */
}

enum login_result choose_reason(enum login_result a, enum login_result b)
{
	return rank(a) <= rank(b) ? a : b;
}
