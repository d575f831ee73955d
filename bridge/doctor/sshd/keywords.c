/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sshd's keywords. Values of those that have nothing to do with keys are looked
 * at for their form only.
 */
#include "bridge/doctor/sshd/keywords.h"

#include "base/text.h"

#include <strings.h>

#define END SSHD_WORD_END
#define PORT "([+ ]*0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|" \
	"65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])|ssh|https?)"
#define HOST "(\\[[^]" END "]*\\]|[^:/" END "]+)"
#define TIME "([0-9]+[smhdwSMHDW])*[0-9]+[smhdwSMHDW]?"
#define OPEN_AT HOST ":(" PORT "|\\*)"
#define LISTEN_AT "(" HOST ":)?(" PORT "|\\*)"
#define CHANNEL "[^=" END "]+=" TIME
#define OPENSSH "@openssh.com"
#define CIPHERS "3des-cbc aes128-cbc aes192-cbc aes256-cbc aes128-ctr " \
	"aes192-ctr aes256-ctr aes128-gcm" OPENSSH " aes256-gcm" OPENSSH \
	" chacha20-poly1305" OPENSSH
#define ETM(name) name " " name "-etm" OPENSSH " "
#define MACS ETM("hmac-sha1") ETM("hmac-sha1-96") ETM("hmac-sha2-256") \
	ETM("hmac-sha2-512") ETM("hmac-md5") ETM("hmac-md5-96") \
	"umac-64" OPENSSH " umac-128" OPENSSH " umac-64-etm" OPENSSH \
	" umac-128-etm" OPENSSH
#define EXCHANGES "diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 " \
	"diffie-hellman-group14-sha256 diffie-hellman-group16-sha512 " \
	"diffie-hellman-group18-sha512 diffie-hellman-group-exchange-sha1 " \
	"diffie-hellman-group-exchange-sha256 ecdh-sha2-nistp256 " \
	"ecdh-sha2-nistp384 ecdh-sha2-nistp521 curve25519-sha256 " \
	"curve25519-sha256" "@libssh.org sntrup761x25519-sha512" OPENSSH
#define GSS_EXCHANGES "gss-gex-sha1- gss-group1-sha1- gss-group14-sha1- " \
	"gss-group14-sha256- gss-group16-sha512- gss-nistp256-sha256- " \
	"gss-curve25519-sha256-"

static const struct sshd_keyword keywords[] = {
	{ "UsePAM", false, KIND_FLAG, SSHD_USE_PAM },
	{ "PubkeyAuthentication", true, KIND_FLAG, SSHD_PUBKEY },
	{ "DSAAuthentication", false, KIND_FLAG, SSHD_PUBKEY },
	{ "PubkeyAcceptedAlgorithms", true, KIND_ALGORITHMS,
		SSHD_PUBKEY_ALGORITHMS },
	{ "PubkeyAcceptedKeyTypes", true, KIND_ALGORITHMS,
		SSHD_PUBKEY_ALGORITHMS },
	{ "PubkeyAuthOptions", true, KIND_PUBKEY_OPTIONS, SSHD_PUBKEY_OPTIONS },
	{ "AuthorizedKeysCommand", true, KIND_COMMAND, SSHD_KEYS_COMMAND },
	{ "AuthorizedKeysCommandUser", true, KIND_WORD,
		SSHD_KEYS_COMMAND_USER },
	{ "AuthorizedKeysFile", true, KIND_WORDS, SSHD_KEYS_FILE },
	{ "AuthenticationMethods", true, KIND_METHODS, SSHD_METHODS },
	{ "TrustedUserCAKeys", true, KIND_WORD, SSHD_CA_KEYS },
	{ "FingerprintHash", false, KIND_HASH, SSHD_FINGERPRINT_HASH },
	{ "Include", true, KIND_INCLUDE, SSHD_SETTINGS },
	{ "Match", true, KIND_MATCH, SSHD_SETTINGS },
	{ "HostbasedAuthentication", true, KIND_FLAG, SSHD_HOSTBASED },
	{ "HostbasedUsesNameFromPacketOnly", true, KIND_FLAG, SSHD_SETTINGS },
	{ "PasswordAuthentication", true, KIND_FLAG, SSHD_PASSWORD },
	{ "KbdInteractiveAuthentication", true, KIND_FLAG, SSHD_KEYBOARD },
	{ "ChallengeResponseAuthentication", true, KIND_FLAG, SSHD_KEYBOARD },
	{ "SkeyAuthentication", true, KIND_FLAG, SSHD_KEYBOARD },
	{ "X11Forwarding", true, KIND_FLAG, SSHD_SETTINGS },
	{ "X11UseLocalhost", true, KIND_FLAG, SSHD_SETTINGS },
	{ "PermitEmptyPasswords", true, KIND_FLAG, SSHD_SETTINGS },
	{ "AllowAgentForwarding", true, KIND_FLAG, SSHD_SETTINGS },
	{ "PermitTTY", true, KIND_FLAG, SSHD_SETTINGS },
	{ "PermitUserRC", true, KIND_FLAG, SSHD_SETTINGS },
	{ "DisableForwarding", true, KIND_FLAG, SSHD_SETTINGS },
	{ "ExposeAuthInfo", true, KIND_FLAG, SSHD_SETTINGS },
	{ "StreamLocalBindUnlink", true, KIND_FLAG, SSHD_SETTINGS },
	{ "PrintMotd", false, KIND_FLAG, SSHD_SETTINGS },
	{ "PrintLastLog", false, KIND_FLAG, SSHD_SETTINGS },
	{ "IgnoreUserKnownHosts", false, KIND_FLAG, SSHD_SETTINGS },
	{ "StrictModes", false, KIND_FLAG, SSHD_SETTINGS },
	{ "TCPKeepAlive", false, KIND_FLAG, SSHD_SETTINGS },
	{ "KeepAlive", false, KIND_FLAG, SSHD_SETTINGS },
	{ "DebianBanner", false, KIND_FLAG, SSHD_SETTINGS },
	{ "UseDNS", false, KIND_FLAG, SSHD_SETTINGS },
	{ "HostbasedAcceptedAlgorithms", true, KIND_ALGORITHMS,
		SSHD_HOSTBASED_ALGORITHMS },
	{ "HostbasedAcceptedKeyTypes", true, KIND_ALGORITHMS,
		SSHD_HOSTBASED_ALGORITHMS },
	{ "HostKeyAlgorithms", false, KIND_ALGORITHMS, SSHD_HOST_KEY_ALGORITHMS },
	{ "AuthorizedPrincipalsCommand", true, KIND_COMMAND,
		SSHD_PRINCIPALS_COMMAND },
	{ "PermitRootLogin", true, KIND_CHOICE, SSHD_ROOT_LOGIN,
		"yes no prohibit-password without-password "
		"forced-commands-only" },
	{ "LogLevel", true, KIND_CHOICE, SSHD_SETTINGS,
		"QUIET FATAL ERROR INFO VERBOSE DEBUG DEBUG1 DEBUG2 DEBUG3" },
	{ "X11DisplayOffset", true, KIND_NUMBER, SSHD_SETTINGS },
	{ "AllowTcpForwarding", true, KIND_CHOICE, SSHD_SETTINGS,
		"yes no all local remote" },
	{ "GatewayPorts", true, KIND_CHOICE, SSHD_SETTINGS,
		"yes no clientspecified" },
	{ "MaxAuthTries", true, KIND_NUMBER, SSHD_SETTINGS },
	{ "MaxSessions", true, KIND_NUMBER, SSHD_SETTINGS },
	{ "Banner", true, KIND_WORD, SSHD_SETTINGS },
	{ "PermitTunnel", true, KIND_FORM, SSHD_SETTINGS,
		"yes|no|point-to-point|ethernet" },
	{ "ChrootDirectory", true, KIND_WORD, SSHD_CHROOT },
	{ "RevokedKeys", true, KIND_WORD, SSHD_REVOKED },
	{ "AuthorizedPrincipalsFile", true, KIND_WORD, SSHD_SETTINGS },
	{ "AuthorizedPrincipalsCommandUser", true, KIND_WORD,
		SSHD_PRINCIPALS_USER },
	{ "StreamLocalBindMask", true, KIND_MASK, SSHD_SETTINGS },
	{ "AllowStreamLocalForwarding", true, KIND_CHOICE, SSHD_SETTINGS,
		"yes no all local remote" },
	{ "RDomain", true, KIND_NAMES, SSHD_SETTINGS, "" },
	{ "CASignatureAlgorithms", true, KIND_ALGORITHMS, SSHD_CA_ALGORITHMS },
	{ "RequiredRSASize", true, KIND_NUMBER, SSHD_SETTINGS },
	{ "UnusedConnectionTimeout", true, KIND_FORM, SSHD_SETTINGS,
		"[Nn][Oo][Nn][Ee]|" TIME },
	{ "IgnoreRhosts", true, KIND_CHOICE, SSHD_SETTINGS,
		"yes no shosts-only" },
	{ "ClientAliveInterval", true, KIND_TIME, SSHD_SETTINGS },
	{ "ClientAliveCountMax", true, KIND_NUMBER, SSHD_SETTINGS },
	{ "Port", false, KIND_FORM, SSHD_SETTINGS,
		PORT },
	{ "HostKey", false, KIND_WORD, SSHD_SETTINGS },
	{ "HostDSAKey", false, KIND_WORD, SSHD_SETTINGS },
	{ "HostKeyAgent", false, KIND_WORD, SSHD_SETTINGS },
	{ "PidFile", false, KIND_WORD, SSHD_SETTINGS },
	{ "ModuliFile", false, KIND_WORD, SSHD_SETTINGS },
	{ "LoginGraceTime", false, KIND_TIME, SSHD_SETTINGS },
	{ "SyslogFacility", false, KIND_CHOICE, SSHD_SETTINGS,
		"DAEMON USER AUTH AUTHPRIV LOCAL0 LOCAL1 LOCAL2 LOCAL3 "
		"LOCAL4 LOCAL5 LOCAL6 LOCAL7" },
	{ "XAuthLocation", false, KIND_WORD, SSHD_SETTINGS },
	{ "PermitUserEnvironment", false, KIND_WORD, SSHD_SETTINGS },
	{ "Compression", false, KIND_CHOICE, SSHD_SETTINGS,
		"yes no delayed" },
	{ "Ciphers", false, KIND_NAMES, SSHD_SETTINGS, CIPHERS },
	{ "MACs", false, KIND_NAMES, SSHD_SETTINGS, MACS },
	{ "MaxStartups", false, KIND_STARTUPS, SSHD_SETTINGS },
	{ "PerSourceMaxStartups", false, KIND_NUMBER, SSHD_SETTINGS, "none" },
	{ "PerSourceNetBlockSize", false, KIND_BLOCK, SSHD_SETTINGS },
	{ "HostCertificate", false, KIND_WORD, SSHD_SETTINGS },
	{ "KexAlgorithms", false, KIND_NAMES, SSHD_SETTINGS, EXCHANGES },
	{ "SecurityKeyProvider", false, KIND_WORD, SSHD_SETTINGS },
	{ "AddressFamily", false, KIND_CHOICE, SSHD_SETTINGS,
		"any inet inet6" },
	{ "AllowUsers", true, KIND_USERS, SSHD_ALLOW_USERS },
	{ "DenyUsers", true, KIND_USERS, SSHD_DENY_USERS },
	{ "AllowGroups", true, KIND_LIST, SSHD_ALLOW_GROUPS },
	{ "DenyGroups", true, KIND_LIST, SSHD_DENY_GROUPS },
	{ "AcceptEnv", true, KIND_EACH, SSHD_SETTINGS, "[^=]*" },
	{ "SetEnv", true, KIND_EACH, SSHD_SETTINGS, ".*=.*" },
	{ "ForceCommand", true, KIND_RAW, SSHD_SETTINGS },
	{ "Subsystem", false, KIND_SUBSYSTEM, SSHD_SETTINGS },
	{ "VersionAddendum", false, KIND_RAW, SSHD_SETTINGS },
	{ "RekeyLimit", true, KIND_REKEY, SSHD_SETTINGS },
	{ "IPQoS", true, KIND_QUALITY, SSHD_SETTINGS,
		"af11 af12 af13 af21 af22 af23 af31 af32 af33 af41 af42 af43 "
		"cs0 cs1 cs2 cs3 cs4 cs5 cs6 cs7 ef le lowdelay throughput "
		"reliability none" },
	{ "PermitOpen", true, KIND_FORM, SSHD_SETTINGS,
		"any|none|" OPEN_AT "(" END OPEN_AT ")*" },
	{ "PermitListen", true, KIND_FORM, SSHD_SETTINGS,
		"any|none|" LISTEN_AT "(" END LISTEN_AT ")*" },
	{ "ChannelTimeout", true, KIND_FORM, SSHD_SETTINGS,
		"[Nn][Oo][Nn][Ee]|" CHANNEL "(" END CHANNEL ")*" },
	{ "LogVerbose", true, KIND_VERBOSE, SSHD_SETTINGS },
	{ "GSSAPIAuthentication", true, KIND_FLAG, SSHD_GSSAPI },
	{ "KerberosAuthentication", true, KIND_FLAG, SSHD_SETTINGS },
	{ "RhostsRSAAuthentication", true, KIND_ANY, SSHD_SETTINGS },
	{ "RSAAuthentication", true, KIND_ANY, SSHD_SETTINGS },
	{ "AuthorizedKeysFile2", true, KIND_ANY, SSHD_SETTINGS },
	{ "ListenAddress", false, KIND_ADDRESS, SSHD_SETTINGS,
		HOST "(:" PORT ")?|[^[/" END "]*:[^[/" END "]*:[^[/" END "]*" },
	{ "GSSAPICleanupCredentials", false, KIND_FLAG, SSHD_SETTINGS },
	{ "GSSAPICleanupCreds", false, KIND_FLAG, SSHD_SETTINGS },
	{ "GSSAPIStrictAcceptorCheck", false, KIND_FLAG, SSHD_SETTINGS },
	{ "GSSAPIKeyExchange", false, KIND_FLAG, SSHD_SETTINGS },
	{ "GSSAPIStoreCredentialsOnRekey", false, KIND_FLAG, SSHD_SETTINGS },
	{ "GSSAPIKexAlgorithms", false, KIND_BARE_NAMES, SSHD_SETTINGS,
		GSS_EXCHANGES },
	{ "KerberosOrLocalPasswd", false, KIND_FLAG, SSHD_SETTINGS },
	{ "KerberosTicketCleanup", false, KIND_FLAG, SSHD_SETTINGS },
	{ "KerberosGetAFSToken", false, KIND_ANY, SSHD_SETTINGS },
	{ "KerberosTgtPassing", false, KIND_ANY, SSHD_SETTINGS },
	{ "AFSTokenPassing", false, KIND_ANY, SSHD_SETTINGS },
	{ "GSSUseSessionCCache", false, KIND_ANY, SSHD_SETTINGS },
	{ "GSSAPIUseSessionCredCache", false, KIND_ANY, SSHD_SETTINGS },
	{ "ServerKeyBits", false, KIND_ANY, SSHD_SETTINGS },
	{ "KeyRegenerationInterval", false, KIND_ANY, SSHD_SETTINGS },
	{ "RhostsAuthentication", false, KIND_ANY, SSHD_SETTINGS },
	{ "CheckMail", false, KIND_ANY, SSHD_SETTINGS },
	{ "PermitBlacklistedKeys", false, KIND_ANY, SSHD_SETTINGS },
	{ "UseLogin", false, KIND_ANY, SSHD_SETTINGS },
	{ "VerifyReverseMapping", false, KIND_ANY, SSHD_SETTINGS },
	{ "ReverseMappingCheck", false, KIND_ANY, SSHD_SETTINGS },
	{ "UsePrivilegeSeparation", false, KIND_ANY, SSHD_SETTINGS },
	{ "Protocol", false, KIND_ANY, SSHD_SETTINGS },
	{ "PAMAuthenticationViaKbdInt", false, KIND_ANY, SSHD_SETTINGS },
};

const struct sshd_keyword *sshd_keyword_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(keywords); i++)
		if (strcasecmp(keywords[i].name, name) == 0)
			return &keywords[i];
	return NULL;
}

const char *sshd_setting_name(enum sshd_setting setting)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(keywords); i++)
		if (keywords[i].setting == setting)
			return keywords[i].name;
	return "";
}
