"""What the two Python servers share: the clients that they know, and a port to serve on."""

import json
import pathlib
from wsgiref.simple_server import WSGIRequestHandler, make_server

CLIENTS = json.loads((pathlib.Path(__file__).parent.parent / "clients.json").read_text())
SCOPES = {"openid": "Sign in", "api:read": "Read"}


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def serve(application, **paths):
    """Serves on a free loopback port, and prints the endpoints as Offerings spell them."""
    with make_server("127.0.0.1", 0, application, handler_class=QuietHandler) as server:
        base = f"http://127.0.0.1:{server.server_port}"
        endpoints = {name: base + path for name, path in paths.items()}
        print(json.dumps({"endpoints": endpoints}), flush=True)
        server.serve_forever()
