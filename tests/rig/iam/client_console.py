"""The person in the browser, from the side of a test.

    with iam.sign_in('root') as browser:
        serial = browser.add_fido('blue', {'FIDO': 'L1'})
    with iam.sign_in('root', mfa=serial) as browser:
        browser.add_fido('green')

What the console refuses is a ValueError with its words.
"""


class Browser:
    """A signed-in session; user None means one's own devices."""

    def __init__(self, rig, signed_in):
        self.rig, self.mfa = rig, signed_in['mfa']
        self.event, self.session = signed_in['event'], signed_in['session']

    def _do(self, verb, **ask):
        ask = {k: v for k, v in ask.items() if v is not None}
        return self.rig.control(f'console_{verb}', session=self.session,
                                **ask)

    def add_fido(self, name, certifications=None, user=None):
        """A passkey or security key; gives the serial."""
        return self._do('add_fido', name=name, user=user,
                        certifications=certifications)['serial']

    def add_virtual(self, name, user=None, codes=None, scan_only=False):
        """An authenticator app; gives serial, seed, and what is gone: the
        unassigned devices that AWS deleted.  codes None: the right ones."""
        return self._do('add_virtual', name=name, user=user, codes=codes,
                        scan_only=scan_only)

    def add_hardware(self, serial, user=None, codes=None):
        """A vendor's TOTP token by its bare serial number."""
        return self._do('add_hardware', serial=serial, user=user,
                        codes=codes)['serial']

    def remove(self, serial, user=None):
        self._do('remove', serial=serial, user=user)

    def resync(self, serial, user=None, codes=None):
        self._do('resync', serial=serial, user=user, codes=codes)

    def sign_out(self):
        if self.session:
            self._do('sign_out')
            self.session = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sign_out()


class Consoles:
    """LocalIAM's part for what happens in browsers."""

    def sign_in(self, user, mfa=None, account=None, region=None,
                password=True, code=None):
        """A Browser.  mfa: the serial of the device that is used, needed
        where the user has one; password False: a wrong one; code None: the
        right one; region: where the event lands, None for the global
        endpoint."""
        return Browser(self, self.control(
            'console_sign_in', user=user, mfa=mfa, account=account,
            region=region, password=password, code=code))

    def console_adds_virtual_device(self, user=None, name=None, account=None):
        """Somebody adds a virtual device for user ('root': root's own), or
        for None closes the page again; all unassigned ones vanish.  Gives
        serial, seed and gone."""
        return self.control('console_adds_virtual_device', user=user,
                            name=name, account=account)
