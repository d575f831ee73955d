/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session with AWS: settings, credentials, one kept-alive connection, and
 * AWS's own clock.
 *
 * Errors of every call made with a session:
 *   ERROR_REMOTE       AWS answered and refused: no effect. ->foreign is
 *                      AWS's code, ->request_id and ->status are set
 *   ERROR_UNREACHABLE  no usable answer (no connection, connection lost, 5xx,
 *                      something that is not AWS): the effect of a changing
 *                      call is unknown, ask before doing it again
 *   ERROR_TIMEOUT      the session's deadline passed; effect unknown
 *   ERROR_INTERRUPTED  cancel_fd became readable; effect unknown
 *   ERROR_MALFORMED    AWS's answer lacks what it must hold
 *   ERROR_UNSUPPORTED  this program has no HTTP
 *
 * Reads are repeated inside after throttling, lost connections and 5xx;
 * changing calls after throttling and where not one byte was sent.
 */
#ifndef AWS_QUERY_SESSION_H
#define AWS_QUERY_SESSION_H

#include "aws/caller/settings.h"

struct aws_session;

/*
 * Once, by main, before anything else of this process allocates by OpenSSL or
 * libcurl and before any thread: gives both the wiping heap of memory.h.
 * ERROR_FAILED where OpenSSL has allocated already.
 */
int aws_global_init(struct error *err);

/*
 * Loads settings and credentials of who called (settings_load, with its
 * errors); sends nothing to AWS. Where the recipe has roles, the session is to
 * be signed in before anything else (aws/role/role.h).
 */
int aws_session_new(struct aws_session **ret,
	const struct aws_options *options, struct error *err);
/*
 * One more, with the settings of `from`: with other keys (copied; NULL: the
 * same), and in another region of its partition (NULL: the same). An endpoint
 * that is overridden stays. It has a connection of its own and begins without
 * AWS's clock. ERROR_USAGE for a region that cannot be one.
 */
int aws_session_derive(struct aws_session **ret,
	const struct aws_session *from, const struct aws_credentials *keys,
	const char *region, struct error *err);
/* Wipes the keys, closes the connection. */
void aws_session_free(struct aws_session **s);

/* All borrowed, valid until the session is freed. */
const char *aws_session_region(const struct aws_session *s);
const char *aws_session_profile(const struct aws_session *s);
/* Whose settings they are, and that uid, where root asked for another: else
 * NULL, *ret_uid untouched. */
const char *aws_session_owner(const struct aws_session *s, uid_t *ret_uid);
/* What a person has to know of the settings; "" where nothing. */
const char *aws_session_note(const struct aws_session *s);
const struct partition *aws_session_partition(const struct aws_session *s);
const struct aws_endpoint *aws_session_endpoint(const struct aws_session *s,
	enum aws_service service);
/* What requests are signed with now. */
const struct aws_credentials *aws_session_credentials(
	const struct aws_session *s);
/* What they are made of: see aws/role/role.h. */
const struct aws_recipe *aws_session_recipe(const struct aws_session *s);
/* Whether any service's endpoint is not AWS's own. */
bool aws_session_is_overridden(const struct aws_session *s);

/* CA bundle and proxy: say them wherever an overridden endpoint is said. */
const struct aws_way *aws_session_way(const struct aws_session *s);

/* Replaces the deadline of all later calls. */
void aws_session_set_deadline(struct aws_session *s, deadline_t until);

/*
 * AWS's clock now: the Date of AWS's last reply plus CLOCK_BOOTTIME since its
 * arrival (up to a second and the way back behind). -1 before the first
 * reply. A refusal sets it too, also one for a clock that is off.
 */
time_t aws_now(const struct aws_session *s);
/*
 * Seconds that this machine's clock is ahead of AWS's (negative: behind).
 * False, *ret untouched, before the first reply.
 */
bool aws_clock_skew(const struct aws_session *s, int64_t *ret);

/* AWS's id of the last request that succeeded, clean; "" where AWS gave none.
 * Borrowed, until the next call. */
const char *aws_session_request_id(const struct aws_session *s);

/*
 * From here on what comes back is kept (aws/query/tape.h), and AWS's clock
 * stands still between two replies; it is given again where the tape says so:
 * nothing is sent then, and nothing waited for. Borrowed; NULL: neither.
 */
struct aws_tape;
void aws_session_set_tape(struct aws_session *s, const struct aws_tape *tape);

/* From here on a call has `ms` to be answered in, and one that is throttled or
 * gets no answer fails at once: whoever has other things to do meanwhile asks
 * again himself. As of hand_back_ms of aws_options. */
void aws_session_hand_back(struct aws_session *s, int64_t ms);
bool aws_session_is_played(const struct aws_session *s);

/* Whose replies are on a tape. Strings are borrowed for the call. */
struct aws_played {
	const char *partition; /* its name */
	const char *region;
	const char *endpoint;  /* of every service; "": AWS's own */
	const char *origin;    /* who said so */
	int cancel_fd;
};
/* A session without keys, to be played. ERROR_MALFORMED for a partition that
 * is not known. */
int aws_session_new_played(struct aws_session **ret,
	const struct aws_played *p, struct error *err);

/* Connections and requests made so far. */
unsigned aws_session_connections(const struct aws_session *s);
unsigned aws_session_requests(const struct aws_session *s);

#endif
