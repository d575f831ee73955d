# SPDX-License-Identifier: Apache-2.0
"""What must hold between AWS, token and registry whatever happened before."""
import subprocess


def unassigned(iam):
    return [serial for serial, device in iam.devices().items()
            if device["user"] is None]


def assigned(iam, user):
    return sorted(iam.devices(user))


def accounts(desk, token="a"):
    return {a["name"]: a for a in desk.tokens.stats(token)["accounts"]}


def check_consistent(desk):
    """Nothing orphaned anywhere, and every device can make its codes."""
    iam = desk.iam
    assert unassigned(iam) == []
    devices = assigned(iam, "alice") + assigned(iam, "bob")
    held = accounts(desk)
    assert sorted(held) == sorted(devices)
    assert sorted(b["device"] for b in desk.bindings()) == sorted(devices)
    assert desk.journals() == []
    desk.check_chain()


def oathtool(seed, now):
    """The code by a program that nobody here wrote."""
    done = subprocess.run(["oathtool", "--totp", "--base32", seed, "--now",
                           f"@{int(now)}"], text=True, check=True,
                          capture_output=True)
    return done.stdout.strip()
