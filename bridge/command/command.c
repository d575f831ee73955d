/* SPDX-License-Identifier: Apache-2.0 */
/* The list of commands, in the order of a key's life. */
#include "bridge/command/command.h"

#include <stddef.h>

extern const struct command command_list, command_info, command_watch,
	command_verify, command_trust, command_policy, command_enroll,
	command_code, command_revoke, command_audit, command_pam_enroll,
	command_ssh_keys, command_registry, command_pin, command_reset,
	command_wink, command_doctor;

const struct command *const commands[] = {
	&command_list,
	&command_info,
	&command_watch,
	&command_verify,
	&command_trust,
	&command_policy,
	&command_enroll,
	&command_code,
	&command_revoke,
	&command_audit,
	&command_pam_enroll,
	&command_ssh_keys,
	&command_registry,
	&command_pin,
	&command_reset,
	&command_wink,
	&command_doctor,
	NULL,
};
