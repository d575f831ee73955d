# SPDX-License-Identifier: Apache-2.0
"""A real ssh login with an sk key that only the registry knows."""
import pytest

from place import YK

KEYS = "/usr/libexec/tokenbridge/tokenbridge-keys"
SSHD = f"""
AuthorizedKeysFile none
AuthorizedKeysCommand {KEYS} %u %f
AuthorizedKeysCommandUser tokenbridge-keys
PasswordAuthentication no
KbdInteractiveAuthentication no
"""


@pytest.fixture
def keyed(place):
    """root holds an sk key of the token; alice's account knows it."""
    place.set_up(YK)
    place.service("sshd", "auth required pam_deny.so")
    place.m.shell("rm -rf /run/vm/ssh; mkdir -p /run/vm/ssh")
    place.m.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f",
                "/run/vm/ssh/id", check=True, timeout=120)
    done = place.tb("registry", "import", "--format", "authorized_keys",
                    "/run/vm/ssh/id.pub", "--user", "alice")
    assert done.code == 0, done
    return place


def ssh(place, user="alice"):
    return place.m.run(
        "ssh", "-p", "2201", "-i", "/run/vm/ssh/id", "-o",
        "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o", "IdentitiesOnly=yes", f"{user}@127.0.0.1", "id", "-un",
        timeout=240)


def test_a_key_that_only_the_registry_knows_logs_in(keyed):
    with keyed.m.sshd(SSHD, port=2201):
        done = ssh(keyed)
        assert (done.code, done.out) == (0, "alice\n"), done
        assert ssh(keyed, "bob").code == 255
        keyed.tb("revoke", "--local", "alice", "all", check=True)
        assert ssh(keyed).code == 255


def test_the_command_runs_as_its_user_and_nobody_else_may(keyed):
    offered = keyed.m.run("ssh-keygen", "-lf",
                          "/run/vm/ssh/id.pub").out.split()[1]
    done = keyed.m.run(KEYS, "alice", offered, user="tokenbridge-keys")
    assert done.code == 0 and done.out.startswith("sk-ecdsa-"), done
    done = keyed.m.run(KEYS, "alice", offered, user="bob")
    assert done.code == 1 and done.out == "", done
