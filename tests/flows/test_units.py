# SPDX-License-Identifier: Apache-2.0
"""The units of systemd, as its own judge sees them."""
import subprocess

import pytest

from conftest import ROOT

TIMERS = sorted(ROOT.rglob("tokenbridge-*.timer"))
# In tenths, where ten points are a service without any bounds
BELOW = 20
# The first reads tokens; the other, too, and looks at other people's processes,
# asks NSS's modules and gives up root by itself
TEMPLATES = {"tokenbridge-plug@.service": 10, "tokenbridge-auth@.service": 28}


def exposure(path, most):
    """What systemd-analyze says of a unit's file; it fails above `most`."""
    return subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager",
         f"--threshold={most}", str(path)], text=True, capture_output=True,
        check=False)


def test_five_timers_are_installed():
    assert len(TIMERS) == 5


@pytest.mark.parametrize("timer", TIMERS, ids=lambda path: path.stem)
def test_what_a_timer_starts_may_do_little(timer):
    done = exposure(timer.with_suffix(".service"), BELOW - 1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Overall exposure level" in done.stdout


@pytest.mark.parametrize("name,below", TEMPLATES.items())
def test_what_a_token_or_a_locker_starts_may_do_little(name, below):
    unit, = ROOT.rglob(name)
    done = exposure(unit, below - 1)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_service_without_bounds_is_told(tmp_path):
    """What the test above rests on."""
    unit = tmp_path / "open.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    assert exposure(unit, BELOW - 1).returncode != 0
