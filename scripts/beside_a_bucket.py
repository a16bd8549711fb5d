"""Runs a command beside a server of S3's interface that keeps to conditions on puts.

The command finds its address in `HRFLOW_CONNECTORS_TEST_S3`, and a bucket `tests` there. One
request is served at a time, so that a condition and its put are one step, as they are at S3.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.request

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Says nothing of the requests that it serves."""


def main() -> int:
    service = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, service, threaded=False, request_handler=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.port}"
    urllib.request.urlopen(urllib.request.Request(f"{address}/tests", method="PUT")).close()
    environment = {**os.environ, "HRFLOW_CONNECTORS_TEST_S3": address}
    return subprocess.run(sys.argv[1:], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
