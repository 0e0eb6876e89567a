"""django-oauth-toolkit: the authorization server of Django sites, on oauthlib."""

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import include, path

from glue import CLIENTS, SCOPES, serve

settings.configure(
    SECRET_KEY="of no use beyond this process",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    LOGIN_URL="/login",
    USE_TZ=True,
    LOGGING_CONFIG=None,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    # Hashes that cost nothing: a test asks hundreds of times.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    OAUTH2_PROVIDER={"SCOPES": SCOPES},
)
django.setup()

urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("login", lambda request: HttpResponse("Sign in")),
]


def register(client):
    from oauth2_provider.models import Application

    Application.objects.create(
        client_id=client["id"],
        client_secret=client["secret"],
        redirect_uris=client["callback"],
        client_type="confidential" if client["secret"] else "public",
        authorization_grant_type=client["grant"].replace("_", "-"),
    )


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    for each in CLIENTS:
        register(each)
    serve(
        get_wsgi_application(),
        authorization="/o/authorize/",
        token="/o/token/",
        revocation="/o/revoke_token/",
        introspection="/o/introspect/",
    )
