# SPDX-License-Identifier: Apache-2.0
"""auth lines of PAM's files as distributions have them: {system: {file: text}}.
Files that others include come first; the rest are services."""

DEBIAN_AUTH = """\
auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
auth optional pam_cap.so
"""
UBUNTU_AUTH = """\
auth [success=2 default=ignore] pam_unix.so nullok
auth [success=1 default=ignore] pam_sss.so use_first_pass
auth requisite pam_deny.so
auth required pam_permit.so
auth optional pam_cap.so
"""
FPRINTD_AUTH = """\
auth [success=2 default=ignore] pam_fprintd.so max-tries=1 timeout=10
auth [success=1 default=ignore] pam_unix.so nullok try_first_pass
auth requisite pam_deny.so
auth required pam_permit.so
auth optional pam_ecryptfs.so unwrap
"""
DEBIAN_SERVICES = {
    "login": """\
auth optional pam_faildelay.so delay=3000000
auth requisite pam_nologin.so
@include common-auth
auth optional pam_group.so
""",
    "sudo": "@include common-auth\n",
    "su": "auth sufficient pam_rootok.so\n@include common-auth\n",
    "gdm-password": """\
auth requisite pam_nologin.so
auth required pam_succeed_if.so user != root quiet_success
@include common-auth
auth optional pam_gnome_keyring.so
""",
    "gdm-fingerprint": """\
auth requisite pam_nologin.so
auth required pam_succeed_if.so user != root quiet_success
auth required pam_fprintd.so
auth optional pam_gnome_keyring.so
""",
    "lightdm": """\
auth requisite pam_nologin.so
auth sufficient pam_succeed_if.so user ingroup nopasswdlogin
@include common-auth
auth optional pam_gnome_keyring.so
auth optional pam_kwallet.so
auth optional pam_kwallet5.so
""",
    "sddm": """\
auth requisite pam_nologin.so
auth required pam_succeed_if.so user != root quiet_success
@include common-auth
-auth optional pam_gnome_keyring.so
-auth optional pam_kwallet5.so
""",
    "greetd": "auth requisite pam_nologin.so\n@include common-auth\n",
    "cron": "@include common-auth\n",
    "polkit-1": "@include common-auth\n",
}
FEDORA_AUTH = """\
auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_deny.so
"""
FEDORA_SERVICES = {
    "login": "auth substack system-auth\nauth include postlogin\n",
    "sudo": "auth include system-auth\n",
    "su": """\
auth required pam_env.so
auth sufficient pam_rootok.so
auth substack system-auth
auth include postlogin
""",
    "gdm-password": """\
auth [success=done ignore=ignore default=bad] pam_selinux_permit.so
auth substack password-auth
auth optional pam_gnome_keyring.so
auth include postlogin
""",
    "sddm": """\
auth [success=done ignore=ignore default=bad] pam_selinux_permit.so
auth substack password-auth
-auth optional pam_gnome_keyring.so
-auth optional pam_kwallet5.so
-auth optional pam_kwallet.so
auth include postlogin
""",
    "vlock": "auth include system-auth\n",
    "polkit-1": "auth include system-auth\n",
}

SYSTEMS = {
    "debian": {"common-auth": DEBIAN_AUTH, **DEBIAN_SERVICES},
    "ubuntu": {"common-auth": UBUNTU_AUTH, **DEBIAN_SERVICES},
    "debian-fprintd": {"common-auth": FPRINTD_AUTH, **DEBIAN_SERVICES},
    "fedora": {"system-auth": FEDORA_AUTH, "password-auth": FEDORA_AUTH,
               "postlogin": "session optional pam_umask.so silent\n",
               **FEDORA_SERVICES},
    "fedora-faillock": {
        "system-auth": """\
auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth required pam_faillock.so preauth silent
auth [success=1 default=ignore] pam_succeed_if.so service notin login:gdm:xdm:sudo tty in :0
auth [success=done ignore=ignore default=die] pam_fprintd.so
auth sufficient pam_unix.so nullok
auth sufficient pam_sss.so forward_pass
auth required pam_faillock.so authfail
auth required pam_deny.so
""",
        "password-auth": """\
auth required pam_env.so
auth required pam_faillock.so preauth silent audit deny=3
auth sufficient pam_unix.so nullok try_first_pass
auth [default=die] pam_faillock.so authfail audit deny=3
auth required pam_deny.so
""",
        "postlogin": "", **FEDORA_SERVICES},
    "arch": {
        "system-auth": """\
auth required pam_faillock.so preauth
-auth [success=2 default=ignore] pam_systemd_home.so
auth [success=1 default=bad] pam_unix.so try_first_pass nullok
auth [default=die] pam_faillock.so authfail
auth optional pam_permit.so
auth required pam_env.so
auth required pam_faillock.so authsucc
""",
        "system-login": """\
auth required pam_shells.so
auth requisite pam_nologin.so
auth include system-auth
""",
        "system-local-login": "auth include system-login\n",
        "login": """\
auth requisite pam_nologin.so
auth include system-local-login
""",
        "sudo": "auth include system-auth\n",
        "su": """\
auth sufficient pam_rootok.so
#auth sufficient pam_wheel.so trust use_uid
#auth required pam_wheel.so use_uid
auth required pam_unix.so
""",
        "sddm": """\
auth include system-login
-auth optional pam_gnome_keyring.so
-auth optional pam_kwallet5.so
""",
        "gdm-password": """\
auth include system-local-login
auth optional pam_gnome_keyring.so
""",
        "swaylock": "auth include login\n",
        "hyprlock": "auth include login\n",
        "i3lock": "auth include system-local-login\n",
        "greetd": "auth required pam_securetty.so\n"
                  "auth requisite pam_nologin.so\n"
                  "auth include system-local-login\n",
        "cron": "auth include system-auth\n",
    },
    "opensuse": {
        "common-auth": """\
auth required pam_env.so
auth optional pam_gnome_keyring.so
auth required pam_unix.so try_first_pass
""",
        "login": """\
auth requisite pam_nologin.so
auth include common-auth
""",
        "su": """\
auth sufficient pam_rootok.so
auth include common-auth
""",
        "sudo": "auth include common-auth\n",
        "sddm": "auth substack common-auth\nauth include postlogin-auth\n",
        "postlogin-auth": "",
        "xscreensaver": "auth include common-auth\n",
    },
    "opensuse-sss": {
        "common-auth": """\
auth required pam_env.so
auth sufficient pam_unix.so try_first_pass
auth required pam_sss.so use_first_pass
""",
        "sudo": "auth include common-auth\n",
        "sddm": "auth substack common-auth\n",
        "gdm-password": "auth requisite pam_nologin.so\n"
                        "auth include common-auth\n",
    },
    # what people write by hand and have found on the web
    "by-hand": {
        "sudo": """\
auth [success=ok new_authtok_reqd=1 ignore=ignore default=die] pam_unix.so
auth requisite pam_sss.so
auth required pam_permit.so
""",
        "login": """\
auth [success=ok maxtries=done default=die] pam_unix.so
auth requisite pam_sss.so
""",
        "su": """\
auth [success=1 auth_err=die user_unknown=die default=2] pam_unix.so
auth requisite pam_deny.so
auth requisite pam_sss.so
auth required pam_permit.so
""",
        "gdm-password": """\
auth [success=1 default=ignore] pam_succeed_if.so uid >= 1000 quiet
auth required pam_unix.so
auth sufficient pam_sss.so
auth requisite pam_deny.so
""",
        "swaylock": "auth sufficient pam_unix.so likeauth nullok\n"
                    "auth required pam_sss.so\n",
        "sddm": "auth required pam_listfile.so onerr=fail item=user "
                "sense=deny file=/etc/ftpusers\nauth include sudo\n",
    },
}
