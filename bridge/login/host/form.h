/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the file for other hosts, for its reader and its writer. */
#ifndef BRIDGE_LOGIN_HOST_FORM_H
#define BRIDGE_LOGIN_HOST_FORM_H

#define HOSTFILE_TITLE "tokenbridge-login "
#define HOSTFILE_VERSION 1

#define WORD_CREDENTIAL "credential"
#define WORD_SSH_KEY "ssh-key"
#define WORD_END "end"

#endif
