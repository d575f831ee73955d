"""moto, an emulator that we did not write, in the style of client.py.

For smoke tests of form only: it checks neither codes nor owners.  Run as a
program it is moto's server that ends with its parent.
"""

import argparse
import os
import threading

from .process import Child, post_json


class Moto(Child):
    """A moto server; credentials are whatever one likes."""

    module = 'iam.moto'
    region = 'us-east-1'

    def __init__(self, users=(), python=None, log=None):
        super().__init__(python, log)
        self.users = users

    def start(self, timeout=30):
        super().start(timeout)
        for name in self.users:
            self.botocore().create_user(UserName=name)
        return self

    def env(self, **more):
        return {'AWS_ACCESS_KEY_ID': 'AKIAIOSFODNN7EXAMPLE',
                'AWS_SECRET_ACCESS_KEY':
                    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
                'AWS_REGION': self.region, 'AWS_DEFAULT_REGION': self.region,
                'AWS_ENDPOINT_URL': self.url,
                'AWS_EC2_METADATA_DISABLED': 'true', **more}

    def botocore(self, service='iam'):
        import botocore.session
        session = botocore.session.Session()
        env = self.env()
        session.set_credentials(env['AWS_ACCESS_KEY_ID'],
                                env['AWS_SECRET_ACCESS_KEY'])
        return session.create_client(service, region_name=self.region,
                                     endpoint_url=self.url)

    def reset(self):
        post_json(f'{self.url}/moto-api/reset', {})


def main():
    options = argparse.ArgumentParser(prog='iam.moto')
    options.add_argument('--parent-pid', type=int)
    given = options.parse_args()
    import logging
    import moto.server
    from werkzeug.serving import make_server
    from .server import stop_with
    logging.getLogger('werkzeug').setLevel(logging.ERROR)
    application = moto.server.DomainDispatcherApplication(
        moto.server.create_backend_app)
    server = make_server('127.0.0.1', 0, application, threaded=True,
                         request_handler=moto.server.MotoRequestHandler)
    if given.parent_pid:
        threading.Thread(target=stop_with, daemon=True, args=(
            given.parent_pid, lambda: os._exit(0))).start()
    print(f'ready http://127.0.0.1:{server.server_port}', flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main()
