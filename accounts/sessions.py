"""A person's sessions: Django's session signs in, allauth's `UserSession` records the IP address and browser."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.adapter import UNKNOWN_IP_ADDRESS
from accounts.models import User
from accounts.user_agents import describe_browser

LAST_SEEN_KEY = "seen_at"
LAST_SEEN_INTERVAL_SECONDS = 5 * 60
"""How often a session's last use is written, because a write for each request is too expensive."""


class LastSeenMiddleware:
    """Record when, and from which IP address, each session was last used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            request.user.is_authenticated
            and time.time() - request.session.get(LAST_SEEN_KEY, 0) >= LAST_SEEN_INTERVAL_SECONDS
        ):
            request.session[LAST_SEEN_KEY] = int(time.time())
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


@dataclass(frozen=True)
class ActiveSession:
    """A session as its owner sees it."""

    row: UserSession
    is_current: bool

    @property
    def browser(self) -> str:
        return describe_browser(self.row.user_agent)

    @property
    def ip_address(self) -> str:
        return "" if self.row.ip == UNKNOWN_IP_ADDRESS else str(self.row.ip)


def get_active_sessions(request: HttpRequest) -> list[ActiveSession]:
    """Return the user's sessions: the current one first, then by last use. Delete the records of ended ones."""
    assert isinstance(request.user, User)
    records = {row.session_key: row for row in UserSession.objects.filter(user=request.user)}
    stored = Session.objects.filter(session_key__in=records, expire_date__gt=timezone.now())
    active_keys = {session.session_key for session in stored if _is_valid(session, request.user)}
    UserSession.objects.filter(user=request.user).exclude(session_key__in=active_keys).delete()
    sessions = [ActiveSession(records[key], key == request.session.session_key) for key in active_keys]
    return sorted(sessions, key=lambda session: (session.is_current, session.row.last_seen_at), reverse=True)


def _is_valid(session: Session, user: User) -> bool:
    """Tell whether Django accepts the session. It does not after a change of the password, even if the row exists."""
    data = session.get_decoded()
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return data.get(SESSION_KEY) == str(user.pk) and any(
        constant_time_compare(data.get(HASH_SESSION_KEY, ""), hash_) for hash_ in hashes
    )


def end_sessions(sessions: QuerySet[UserSession]) -> int:
    """Sign these sessions out with immediate effect. Return how many."""
    keys = list(sessions.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    sessions.filter(session_key__in=keys).delete()
    return len(keys)


def end_sessions_of(user: User) -> int:
    """Sign `user` out of all sessions. Return how many."""
    return end_sessions(UserSession.objects.filter(user=user))


def purge_ended_sessions() -> int:
    """Delete the records of ended sessions. Return how many."""
    active = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    return int(UserSession.objects.exclude(Exists(active)).delete()[0])
