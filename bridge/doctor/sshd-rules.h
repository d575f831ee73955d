/* SPDX-License-Identifier: Apache-2.0 */
/* What sshd's settings come to for sk keys out of login.db: findings. Pure. */
#ifndef BRIDGE_DOCTOR_SSHD_RULES_H
#define BRIDGE_DOCTOR_SSHD_RULES_H

#include "bridge/doctor/doctor.h"
#include "bridge/doctor/sshd/config.h"

#define SSHD_OUR_COMMAND "tokenbridge-keys"

/* What the machine says about the settings. */
struct sshd_facts {
	const char *expected;          /* where our command is installed */
	const char *group;             /* that reads login.db */
	const char *person;            /* whose settings these are; NULL */
	const struct sshd_person *who; /* the same; NULL: not known here */
	uid_t person_uid;
	const char *shell_wrong;       /* what sshd minds of the shell; NULL */
	bool locked;                   /* no password of the account fits */
	bool revoked_gone;             /* RevokedKeys cannot be read */
	bool revoked_is_relative;
	const struct path_step *steps; /* the command's, as resolved */
	size_t steps_n;                /* 0: it is not there */
	bool executable;
	bool user_known;               /* AuthorizedKeysCommandUser exists */
	uid_t user_uid;
	bool in_group;
};

/* Whether the command is ours. */
bool sshd_judge(const struct sshd_config *c, const struct sshd_facts *facts,
	struct findings *f);

#endif
