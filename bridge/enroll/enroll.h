/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registering an MFA device of an IAM user: a journaled sequence of which every
 * prefix can be undone or finished by a later run.
 */
#ifndef BRIDGE_ENROLL_ENROLL_H
#define BRIDGE_ENROLL_ENROLL_H

#include "base/text.h"
#include "bridge/account/account.h"
#include "bridge/attached/attached.h"
#include "bridge/journal/journal.h"
#include "bridge/verify/trust.h"

struct pair;

/* What is to be registered for whom; everything is borrowed. */
struct mfa_request {
	struct account *aws;   /* guarded already */
	struct registry *reg;  /* writable */
	struct event_actor actor;
	const struct trust *trust;
	struct wanted wanted;  /* which token */
	const struct attached_card *card; /* its, where it was looked for; NULL */
	const char *user;      /* IAM user */
	const char *method;    /* as --method has it */
	const char *serial;    /* of hardware-totp; NULL: not given */
	/* hardware-totp: where typed codes stay that AWS did not take for want of
	   room, to be sent once more while they are fresh. Whoever owns it wipes
	   it (pair_done); NULL: they do not stay. */
	struct pair *kept;
	const char *device;    /* fido: the ARN that it is; NULL: found by name */
	const char *code_of;   /* of several devices of the caller's own, the
	                          one whose code opens a session; NULL: asked */
	int64_t wait_s;        /* fido: for the device */
	bool open;             /* fido: the console, in the caller's browser */
	bool signed_in;        /* fido: there already, with the first key */
	const char *holder;
	enum registry_holder_kind holder_kind;
	const char *label;     /* NULL: none */
	const char *template;  /* of a virtual device's name; NULL: "{user}" */
	bool exact_name;       /* ... is the user's, without any digits */
	const char *force;     /* the reason; NULL: what is refused stays so */
	bool fresh, enterprise; /* as in struct verify_request */
	/* For who has written down before what is begun here; NULL: a new id. */
	const char *journal;
	/*
	 * One more word on the token's row, found or proved, before anything is
	 * made for it; NULL: none. Its error is what is returned.
	 */
	int (*admit)(void *data, const struct registry_token *row,
		struct error *err);
	void *admit_data;
};

struct mfa_enrolled {
	const char *method;         /* constant */
	struct journal_facts facts; /* what is where */
	char label[TEXT_MAX + 1];   /* of the token; "" none */
	const char *joined_by;      /* constant: FIDO side and smart card;
	                               NULL: no card has part in it */
	bool has_verdict;           /* of a token that was verified */
	enum verdict verdict;
	struct iam_fido_device fido; /* with method fido: as AWS has it */
	bool confirmed;             /* AWS lists the device */
	struct registry_head head;
};

/* What there is for --method; and whether it is one of them. */
#define MFA_METHODS "fido, totp, hardware-totp, virtual"
bool mfa_method_is_known(const char *name);
/* Whether a token is attached for it, and verified. */
bool mfa_method_takes_token(const char *name);
/* The number on the back of a token with a display, by its form: AWS's
 * characters, and no ARN. ERROR_USAGE. Pure. */
int mfa_serial_check(const char *serial, struct error *err);
/*
 * A template: a path with slashes, or none, and a name of letters, digits,
 * +=,.@_- and {user}, {serial}, {label}. ERROR_USAGE. Pure.
 */
int mfa_template_check(const char *template, struct error *err);
/* What its words stand for; "" and 0: there is none. */
struct mfa_template_values {
	const char *user, *label;
	uint32_t serial;
};
/*
 * Path and name in one, without a slash in front. ERROR_USAGE: malformed, a word
 * without a value, no room. Pure.
 */
int mfa_template_expand(const char *template,
	const struct mfa_template_values *values, char *ret, size_t size,
	struct error *err);

/*
 * The whole of it, after what earlier runs left was settled. On failure what
 * was begun is undone, or owed in the journal and said. ERROR_VERDICT with the
 * verdict where it is refused; ERROR_USAGE for an unknown method.
 */
int mfa_enroll(const struct run *run, const struct mfa_request *q,
	struct mfa_enrolled *ret, struct error *err);

/*
 * Another key by the method fido, behind the one that mfa_enroll() has enrolled
 * for q: the user signs in anew with that one first, as a session without MFA
 * may not add the next. It is waited for until another token is plugged in.
 * `label` is the second one's; "": none.
 */
int mfa_enroll_also(const struct run *run, const struct mfa_request *q,
	const struct mfa_enrolled *first, const char *label,
	struct mfa_enrolled *ret, struct error *err);

#endif
