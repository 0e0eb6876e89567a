"""Authlib's OAuth 2.0 authorization server, on Flask."""

import os
from types import SimpleNamespace

# Authlib refuses http otherwise; this is loopback.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask, request

from glue import CLIENTS, SCOPES, serve


class Client(SimpleNamespace, ClientMixin):
    def get_client_id(self):
        return self.id

    def get_default_redirect_uri(self):
        return self.callback

    def get_allowed_scope(self, scope):
        return " ".join(one for one in (scope or "").split() if one in SCOPES)

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self.callback

    def check_client_secret(self, client_secret):
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method in SECRETS if self.secret else method == "none"

    def check_response_type(self, response_type):
        return response_type == "code" and self.grant == "authorization_code"

    def check_grant_type(self, grant_type):
        with_refresh = {"authorization_code", "refresh_token"}
        return grant_type in (with_refresh if self.grant in with_refresh else {self.grant})


SECRETS = ["client_secret_basic", "client_secret_post"]
clients = {client["id"]: Client(**client) for client in CLIENTS}


# Nobody signs in here and nothing is issued but to client credentials, so the stores are empty.
class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [*SECRETS, "none"]

    def query_authorization_code(self, code, client):
        return None


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [*SECRETS, "none"]

    def authenticate_refresh_token(self, refresh_token):
        return None


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = SECRETS


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = SECRETS

    def query_token(self, token_string, token_type_hint):
        return None


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = SECRETS

    def query_token(self, token_string, token_type_hint):
        return None


app = Flask(__name__)
server = AuthorizationServer(app, query_client=clients.get, save_token=lambda token, request: None)
for grant in (CodeGrant, RefreshGrant, ClientCredentialsGrant):
    server.register_grant(grant)
for endpoint in (Revocation, Introspection):
    server.register_endpoint(endpoint)


@app.get("/authorize")
def authorize():
    try:
        server.get_consent_grant(end_user=None)
    except OAuth2Error as error:
        return server.handle_error_response(server.create_oauth2_request(request), error)
    return "Sign in"


@app.post("/token")
def token():
    return server.create_token_response()


@app.post("/revoke")
def revoke():
    return server.create_endpoint_response(Revocation.ENDPOINT_NAME)


@app.post("/introspect")
def introspect():
    return server.create_endpoint_response(Introspection.ENDPOINT_NAME)


if __name__ == "__main__":
    serve(
        app,
        authorization="/authorize",
        token="/token",
        revocation="/revoke",
        introspection="/introspect",
    )
