"""Serves the authorization server of the MCP SDK on a loopback port: server.py PORT CONFIG

PORT 0 takes a free one; CONFIG is a JSON object: `issuerPath`, `scopes`, `registration`,
`revocation`, `identityAssertion`, `documentation`. Prints `port N` when it listens.
"""

import json
import socket
import sys
from typing import Any

import uvicorn
from mcp.server.auth.provider import OAuthAuthorizationServerProvider
from mcp.server.auth.routes import create_auth_routes
from mcp.server.auth.settings import ClientRegistrationOptions, RevocationOptions
from pydantic import AnyHttpUrl
from starlette.applications import Starlette


class NoUsers(OAuthAuthorizationServerProvider[Any, Any, Any]):
    """Nobody is signed in: only the metadata is asked for."""


def main() -> None:
    port, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(port)))
    listener.listen()
    bound = listener.getsockname()[1]
    documentation = config.get("documentation")
    routes = create_auth_routes(
        NoUsers(),
        AnyHttpUrl(f"http://127.0.0.1:{bound}{config.get('issuerPath', '')}"),
        AnyHttpUrl(documentation) if documentation else None,
        ClientRegistrationOptions(
            enabled=config.get("registration", False), valid_scopes=config.get("scopes")
        ),
        RevocationOptions(enabled=config.get("revocation", False)),
        identity_assertion_enabled=config.get("identityAssertion", False),
    )
    print(f"port {bound}", flush=True)
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning"))
    server.run(sockets=[listener])


main()
