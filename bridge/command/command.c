/* SPDX-License-Identifier: Apache-2.0 */
/* The list of verbs, by what a person wants to do. */
#include "bridge/command/command.h"

#include <stddef.h>

extern const struct verb
	/* begin */
	verb_setup,
	/* see */
	verb_list, verb_info, verb_watch, verb_wink,
	/* judge */
	verb_verify, verb_trust, verb_trust_update, verb_trust_add,
	verb_trust_show, verb_trust_remove, verb_policy, verb_policy_show,
	verb_policy_check, verb_policy_print,
	/* at AWS */
	verb_enroll, verb_rollout, verb_code, verb_resync, verb_replace,
	verb_revoke, verb_root, verb_audit,
	/* log in */
	verb_pam_enroll, verb_ssh_keys, verb_login, verb_login_install,
	verb_doctor, verb_doctor_login,
	verb_doctor_all,
	verb_doctor_aws,
	verb_doctor_tokens,
	/* record */
	verb_registry, verb_registry_init, verb_registry_show,
	verb_registry_log, verb_registry_backup, verb_registry_restore,
	verb_registry_bundle, verb_registry_check_bundle,
	verb_registry_publish, verb_registry_import, verb_registry_intake,
	verb_registry_adopt, verb_registry_handover,
	verb_registry_move, verb_registry_retire,
	/* care */
	verb_pin, verb_pin_set, verb_pin_change, verb_pin_initial, verb_reset,
	verb_registry_recipient,
	/* help */
	verb_help, verb_version;

/* The head of a command's verbs stands before them. */
verb_table verbs[] = {
	&verb_setup,
	&verb_list,
	&verb_info,
	&verb_watch,
	&verb_wink,
	&verb_verify,
	&verb_trust,
	&verb_trust_update,
	&verb_trust_add,
	&verb_trust_show,
	&verb_trust_remove,
	&verb_policy,
	&verb_policy_show,
	&verb_policy_check,
	&verb_policy_print,
	&verb_enroll,
	&verb_rollout,
	&verb_code,
	&verb_resync,
	&verb_replace,
	&verb_revoke,
	&verb_root,
	&verb_audit,
	&verb_pam_enroll,
	&verb_ssh_keys,
	&verb_login,
	&verb_login_install,
	&verb_doctor,
	&verb_doctor_all,
	&verb_doctor_login,
	&verb_doctor_tokens,
	&verb_doctor_aws,
	&verb_registry,
	&verb_registry_init,
	&verb_registry_show,
	&verb_registry_log,
	&verb_registry_backup,
	&verb_registry_restore,
	&verb_registry_bundle,
	&verb_registry_check_bundle,
	&verb_registry_publish,
	&verb_registry_import,
	&verb_registry_intake,
	&verb_registry_adopt,
	&verb_registry_handover,
	&verb_registry_move,
	&verb_registry_retire,
	&verb_registry_recipient,
	&verb_pin,
	&verb_pin_set,
	&verb_pin_change,
	&verb_pin_initial,
	&verb_reset,
	&verb_help,
	&verb_version,
	NULL,
};
