# SPDX-License-Identifier: Apache-2.0
"""What must hold between AWS, token and registry whatever happened before."""
import os
import pathlib
import subprocess
import time

TOLD = os.environ.get("TOKENBRIDGE_TOLD")


def told(*texts):
    """What any program said: printf's word for what is not there is none of
    ours. TOKENBRIDGE_TOLD names a file that keeps it all, for
    mutation/messages.py."""
    for text in texts:
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        if TOLD:
            with open(TOLD, "a", encoding="utf-8") as to:
                to.write(text)
        assert "(null)" not in text, text


def unassigned(iam):
    return [serial for serial, device in iam.devices().items()
            if device["user"] is None]


def assigned(iam, user):
    return sorted(iam.devices(user))


def all_assigned(iam):
    return sorted(serial for serial, device in iam.devices().items()
                  if device["user"] is not None)


def accounts(site, token="a"):
    return {a["name"]: a for a in site.tokens.stats(token)["accounts"]}


def check_consistent(site):
    """Nothing orphaned anywhere, and every device can make its codes."""
    iam = site.iam
    assert unassigned(iam) == []
    devices = all_assigned(iam)
    held = accounts(site)
    assert sorted(held) == devices
    assert sorted(b["device"] for b in site.bindings()) == devices
    assert site.journals() == []
    site.check_chain()


def fresh_world(site):
    """Neither AWS nor the registry remembers anything."""
    folder = pathlib.Path(f"{site.registry}.journal")
    for path in [*folder.glob("*"), *site.registry.parent.glob("registry.db*")]:
        if path.is_file():
            path.unlink()
    site.iam.reset()
    site.make_registry()


def keep_profile(site, name, account):
    """A profile of the person's, with keys of that account."""
    key = site.iam.role_credentials("admin", account=account)
    folder = site.home / ".aws"
    folder.mkdir(mode=0o700, exist_ok=True)
    with open(folder / "credentials", "a", encoding="utf-8") as to:
        to.write(f"[{name}]\naws_access_key_id = {key['AccessKeyId']}\n"
                 f"aws_secret_access_key = {key['SecretAccessKey']}\n"
                 f"aws_session_token = {key['SessionToken']}\n")


def oathtool(seed, now, period=30):
    """The code by a program that nobody here wrote."""
    done = subprocess.run(["oathtool", "--totp", "--base32", seed, "--now",
                           f"@{int(now)}", "--time-step-size",
                           str(period)], text=True, check=True,
                          capture_output=True)
    return done.stdout.strip()


def workers(parent):
    """Pids of the tokenbridge-worker processes of a process."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")
        except OSError:
            continue
        if (fields[0].partition("(")[2].startswith("tokenbridge-wor") and
                int(fields[2].split()[1]) == parent and
                fields[2].split()[0] != "Z"):
            found.append(int(entry.name))
    return found


def wait_for_touch(site, number, seconds=20):
    """Until the token waits for its number-th touch."""
    end = time.monotonic() + seconds
    while True:
        touch = site.tokens.stats("a")["touch"]
        if touch["wanted"] and touch["used"] == number - 1:
            return
        assert time.monotonic() < end, touch
        time.sleep(0.02)


def state_of(pid):
    """The kernel's letter for a process: T is stopped."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return stat.rpartition(") ")[2][0]
