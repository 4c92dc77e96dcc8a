"""Logins of a project through the admin API of Supabase Auth, embedded or hosted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

import httpx
from supabase_auth import AsyncGoTrueAdminAPI
from supabase_auth.errors import (
    AuthApiError,
    AuthError,
    AuthRetryableError,
    AuthWeakPasswordError,
)

from mentalspace.errors import InputError, MentalspaceError, RefusedError, UnavailableError
from mentalspace.settings import Settings

TIMEOUT_SECONDS = 20
NOT_ADMITTED = frozenset({401, 403})


class Logins:
    """Makes and removes logins. Every error says in one line what to do; none repeats key or password."""

    def __init__(self, api: AsyncGoTrueAdminAPI, url: str) -> None:
        self._api = api
        self._url = url

    async def create(self, email: str, password: str) -> UUID:
        """A login that may sign in at once, its address taken as confirmed."""
        with self._explained():
            answer = await self._api.create_user(
                {"email": email, "password": password, "email_confirm": True}
            )
            return UUID(answer.user.id)

    async def invite(self, email: str) -> UUID:
        """A login without password; Auth mails a link to its owner."""
        with self._explained():
            return UUID((await self._api.invite_user_by_email(email)).user.id)

    async def delete(self, user_id: UUID) -> None:
        with self._explained():
            await self._api.delete_user(str(user_id))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (AuthError, httpx.InvalidURL) as error:
            raise explain(error, self._url) from error


@asynccontextmanager
async def open_logins(settings: Settings) -> AsyncIterator[Logins]:
    """Logins of the project that the settings name, with its secret key."""
    key = settings.supabase_secret_key.get_secret_value()
    url = settings.supabase_url.rstrip("/")
    headers = {"apikey": key, "Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=True) as http,
        AsyncGoTrueAdminAPI(url=f"{url}/auth/v1", headers=headers, http_client=http) as api,
    ):
        yield Logins(api, url)


def explain(error: Exception, url: str) -> MentalspaceError:
    """The toolkit's error for one of Auth's."""
    match error:
        case AuthRetryableError() | httpx.InvalidURL():
            return UnavailableError(
                f"no Supabase answers at {url}; start the embedded stack with `./run up`, "
                "or set MENTALSPACE_SUPABASE_URL"
            )
        case AuthWeakPasswordError() | AuthApiError(code="weak_password"):
            return InputError("Auth finds the password too weak; choose a longer one")
        case AuthApiError(status=status) if status in NOT_ADMITTED:
            return RefusedError(f"{url} refused the secret key; correct MENTALSPACE_SUPABASE_SECRET_KEY")
        case AuthApiError(code="email_exists"):
            return RefusedError(
                f"{url} knows this address and the database does not: they belong to different projects; "
                "correct MENTALSPACE_SUPABASE_URL or MENTALSPACE_DATABASE_URL"
            )
        case AuthApiError(status=status, code=code):
            return RefusedError(f"{url} refused to make the login ({code or status}); see Auth's log")
        case _:
            return RefusedError(
                f"what answers at {url} is no Supabase Auth; correct MENTALSPACE_SUPABASE_URL"
            )
