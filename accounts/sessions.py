"""Where a person is signed in: allauth's `UserSession` tells whence and by what, Django's session opens the doors."""

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

from accounts.adapter import NO_ADDRESS
from accounts.browsers import describe
from accounts.models import User

SEEN = "seen_at"
SEEN_WITHIN = 5 * 60
"""Seconds: a session's last use is known to within so many. A write for each request would be dear."""


class SeenMiddleware:
    """Keeps when and whence each session was used last. Between two notes it costs nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and time.time() - request.session.get(SEEN, 0) >= SEEN_WITHIN:
            request.session[SEEN] = int(time.time())
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


@dataclass(frozen=True)
class SignedIn:
    """A session that is open, as its owner recognises it. `row` has its dates."""

    row: UserSession
    is_this_one: bool

    @property
    def browser(self) -> str:
        return describe(self.row.user_agent)

    @property
    def address(self) -> str:
        return "" if self.row.ip == NO_ADDRESS else str(self.row.ip)


def sessions_of(request: HttpRequest) -> list[SignedIn]:
    """Where the person of `request` is signed in: this session first, then by last use. Others are forgotten."""
    assert isinstance(request.user, User)
    known = {row.session_key: row for row in UserSession.objects.filter(user=request.user)}
    stored = Session.objects.filter(session_key__in=known, expire_date__gt=timezone.now())
    open_ones = {session.session_key for session in stored if _opens(session, request.user)}
    UserSession.objects.filter(user=request.user).exclude(session_key__in=open_ones).delete()
    listed = [SignedIn(known[key], key == request.session.session_key) for key in open_ones]
    return sorted(listed, key=lambda one: (one.is_this_one, one.row.last_seen_at), reverse=True)


def _opens(session: Session, user: User) -> bool:
    """Would Django take it for `user`'s? Not after a change of the password, though the row may still be there."""
    data = session.get_decoded()
    marks = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return data.get(SESSION_KEY) == str(user.pk) and any(
        constant_time_compare(data.get(HASH_SESSION_KEY, ""), mark) for mark in marks
    )


def end_sessions(sessions: QuerySet[UserSession]) -> int:
    """Sign out, at once: the next request finds no session. Returns how many were ended."""
    keys = list(sessions.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    sessions.filter(session_key__in=keys).delete()
    return len(keys)


def end_sessions_of(user: User) -> int:
    """Sign `user` out everywhere. Returns of how many sessions."""
    return end_sessions(UserSession.objects.filter(user=user))


def forget_ended_sessions() -> int:
    """Remove what is known of sessions that are no more. Returns of how many."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    return int(UserSession.objects.exclude(Exists(alive)).delete()[0])
