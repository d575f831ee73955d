/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of events: the types there are, and what each may say.
 *
 * An id is 32 lower-case hex digits (16 random bytes), a sha 64; bytes are
 * base64url without padding; a word is [a-z0-9-], 1 to 32 characters; text
 * passes utf8_is_clean() and has 1 to TEXT_MAX bytes; `?` marks members that
 * may be missing (never null). Members that are not listed are allowed and
 * kept. AWS user ids are unique ids (AIDA...), for root the account id itself.
 *
 *   registry.init       rehearsal (bool), program? (text)
 *   registry.restored   seq, hash (sha): the last event that was brought back;
 *                       lost_first?, lost_last? (numbers), reason? (id)
 *   holder.added        holder (id, also its `names` row of kind holder),
 *                       kind (person|place), custodians? (ids), bag? (text)
 *   holder.recipients   holder (id), count (number): what is encrypted for that
 *                       holder goes to so many keys, of `names` kind
 *                       recipients; 0: none any more
 *   token.added         token (id, also its `names` row of kind label),
 *                       state (see registry_state_names), holder? (id), FACTS
 *   token.identified    token, FACTS
 *   token.assigned      token, holder, reason? (id): state becomes assigned
 *   token.state         token, state, evidence? (sha), reason? (id); `stock`
 *                       takes the holder away
 *   token.bag           token, state (sealed|out), bag? (id of `names` kind
 *                       bag: of `out` the one that it was in), custodians?
 *                       (ids of `names` kind holder, two of them), reason?
 *                       (id): of a token in a safe
 *   token.verified      token, verdict (0 or 20 to 27), evidence? (sha),
 *                       advisories? (list of text), FACTS
 *   credential.added    token, rp (text), credential (bytes), public_key
 *                       (bytes, COSE), alg (COSE number), counter, resident
 *                       (bool), uv? (bool: made with user verification),
 *                       aaguid? (32 hex digits), evidence? (sha), reason? (id)
 *   credential.used     token, rp, credential, counter, evidence? (sha)
 *   credential.removed  token, rp, credential, reason? (id)
 *   binding.added       binding (id), kind (aws|pam|ssh|oath), user (text: AWS
 *                       unique id, or local uid in digits), token? (id; none
 *                       for a phone app), account? (12 digits), device? (id of
 *                       `names` kind aws-device), method? (fido|totp|
 *                       hardware-totp|virtual), rp? (text), credential?
 *                       (bytes), local_user? (id), oath_account? (id),
 *                       ssh_key? (bytes: the public key as ssh sends it),
 *                       verify_required? (bool: login wants the user
 *                       verified, by PIN or biometry),
 *                       basis? (word: what it rests on), evidence? (sha),
 *                       aws_request? (text: AWS's id of the request that
 *                       enabled it), begun? (text: when the run began, with
 *                       basis name-and-time), reason? (id)
 *   binding.witnessed   binding, basis (word: what it rests on now), trail
 *                       (sha of evidence: the event of CloudTrail, as told),
 *                       event? (word: "sign-in", of root with that device;
 *                       absent: its enabling)
 *   binding.removed     binding, evidence? (sha), aws_request? (of the one
 *                       that deactivated it), reason? (id)
 *   name.erased         names (list of {kind (word), id (text)}), reason? (id)
 *   mfa.counted         account (12 digits), part, parts (numbers: of one
 *                       journal, from 0), users (list of {user (text: AWS
 *                       unique id), devices (number), kinds (list of word),
 *                       seen (text: when, by AWS's clock)}), bundle? (sha: of
 *                       the evidence's manifest): what ListMFADevices told of
 *                       every user in one whole run of audit
 *   root.removed        account (12 digits), removed (list of word: what its
 *                       root lost, each once; none where an earlier run took
 *                       it all), device? (id of `names` kind aws-device),
 *                       basis? (word: how that was seen), reason? (id)
 *   checkpoint          seq, hash (sha): everything up to here was pruned
 *
 *   FACTS               model? (text), aaguid? (32 hex digits), firmware?
 *                       (text), firmware_signed? (bool), identifiers? (list of
 *                       {kind (word), value (text), basis (self-reported|
 *                       attested|proved)}), joins? (list of {a, b (fido|otp|
 *                       ccid), by (same-serial|same-usb-parent)})
 *
 * Types and words are for ever; a new word in a closed list raises the schema
 * version, so that an older program refuses the file instead of misreading it.
 */
#ifndef BRIDGE_EVENT_BODY_H
#define BRIDGE_EVENT_BODY_H

#include "bridge/event/member.h"

enum event_type {
	EVENT_UNKNOWN = -1, /* of a newer program: kept, not projected */
	EVENT_REGISTRY_INIT,
	EVENT_REGISTRY_RESTORED,
	EVENT_HOLDER_ADDED,
	EVENT_TOKEN_ADDED,
	EVENT_TOKEN_IDENTIFIED,
	EVENT_TOKEN_ASSIGNED,
	EVENT_TOKEN_STATE,
	EVENT_TOKEN_BAG,
	EVENT_TOKEN_VERIFIED,
	EVENT_CREDENTIAL_ADDED,
	EVENT_CREDENTIAL_USED,
	EVENT_CREDENTIAL_REMOVED,
	EVENT_BINDING_ADDED,
	EVENT_BINDING_REMOVED,
	EVENT_NAME_ERASED,
	EVENT_CHECKPOINT,
	EVENT_HOLDER_RECIPIENTS,
	EVENT_BINDING_WITNESSED,
	EVENT_MFA_COUNTED,
	EVENT_ROOT_REMOVED,
	EVENT_TYPE_COUNT,
};

/* "token.added"; NULL for EVENT_UNKNOWN. */
const char *event_type_name(enum event_type type);
enum event_type event_type_of(const char *name);

/*
 * Whether `body` is one that `type` may have. ERROR_MALFORMED, naming the
 * member: a body is built by this program, or comes from a damaged file.
 */
int event_check_body(enum event_type type, const json_t *body,
	struct error *err);

#endif
