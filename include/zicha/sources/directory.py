"""A directory over LDAP: encrypted, paged, read only; a size limit is a gap, not an answer."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zicha.catalog.scope_sources import DirectorySource
from zicha.model.errors import AccessDeniedError, SourceError, UnreachableError
from zicha.model.evidence import Answer, Gap, Place, Reply
from zicha.model.verdict import Reason

_PAGE = 500
_CONNECT_S, _ANSWER_S, _SEARCH_S = 5, 20, 30
_MOST = 500_000

ACCOUNT_ATTRIBUTES = (
    *("uid", "sAMAccountName", "gidNumber", "memberOf", "loginShell"),
    *("userAccountControl", "nsAccountLock", "pwdAccountLockedTime"),
    *("shadowExpire", "accountExpires", "krbPrincipalExpiration"),
    *("pwdChangedTime", "pwdLastSet", "shadowLastChange"),
    *("authTimestamp", "pwdLastSuccess", "lastLogonTimestamp"),
    *("createTimestamp", "modifyTimestamp"),
)
"""All that is asked of an account; never a password, a name, a number or an address."""
GROUP_ATTRIBUTES = ("cn", "gidNumber", "member", "uniqueMember", "memberUid")
BASE_ATTRIBUTES = ("hasSubordinates", "numSubordinates")
_GROUPS = (
    "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)"
    "(objectClass=posixGroup)(objectClass=group))"
)
_CUTS = {
    3: (Reason.PARTIAL, "its time limit was reached: raise it for the entry that asks"),
    4: (Reason.PARTIAL, "its size limit was reached: raise it for the entry that asks"),
    11: (Reason.PARTIAL, "an administrative limit was reached: raise it for the entry that asks"),
}
_REFUSALS = {8, 13, 48, 49, 50, 53}
_BUSY = {51, 52}


@dataclass
class Directory:
    """A directory, opened."""

    source: DirectorySource
    connection: Any

    @property
    def place(self) -> Place:
        """Where its accounts are listed."""
        return (self.source.id,)

    @property
    def privileged_groups(self) -> tuple[str, ...]:
        """The groups that the scope calls administrators."""
        return self.source.privileged_groups

    def read_base(self) -> Reply:
        """The entry under which the accounts stand, and whether anything stands there."""
        said = self._search("read_base", "(objectClass=*)", BASE_ATTRIBUTES, scope="BASE")
        if isinstance(said, Answer) and not (said.body or {})["entries"]:
            return self._gap("read_base", Reason.REFUSED, "it does not show its base", "read")
        return said

    def list_accounts(self) -> Reply:
        """Every account, page by page."""
        return self._search("list_accounts", self.source.account_filter, ACCOUNT_ATTRIBUTES)

    def list_groups(self) -> Reply:
        """Every group with its members."""
        said = self._search("list_groups", _GROUPS, GROUP_ATTRIBUTES)
        if isinstance(said, Answer) and said.body is not None:
            body = {**said.body, "privileged": list(self.privileged_groups)}
            return Answer(said.place, said.call, "", body, said.heard, said.cut, said.remedy)
        return said

    def close(self) -> None:
        """Let go of the connection."""
        from ldap3.core.exceptions import LDAPExceptionError

        try:
            self.connection.unbind()
        except (LDAPExceptionError, OSError):
            return  # it is gone already

    def _search(
        self, call: str, wanted: str, names: tuple[str, ...], scope: str = "SUBTREE"
    ) -> Reply:
        from ldap3.core.exceptions import LDAPExceptionError

        entries: list[dict[str, Any]] = []
        try:
            for code, page, has_referral in self._pages(wanted, names, scope):
                entries += page
                if ended := self._ended(call, code, entries, has_referral=has_referral):
                    return ended
        except (LDAPExceptionError, OSError) as error:
            why = f"the search broke off ({type(error).__name__}): collect again"
            if entries:
                return self._cut(call, entries, Reason.PARTIAL, why)
            return self._gap(call, Reason.UNREACHABLE, why)
        return Answer(self.place, call, "", {"entries": entries})

    def _ended(
        self, call: str, code: int, entries: list[dict[str, Any]], *, has_referral: bool
    ) -> Reply | None:
        """Why the search ends short of its end; None where it may go on."""
        if has_referral:
            why = "a part of it lies on another server: add that one"
            return self._cut(call, entries, Reason.PARTIAL, why)
        if code in _CUTS:
            return self._cut(call, entries, *_CUTS[code])
        if code in _REFUSALS:
            return self._gap(call, Reason.REFUSED, f"it refused ({code})", "search")
        if code:
            reason = Reason.THROTTLED if code in _BUSY else Reason.MALFORMED
            why = f"it answered with the LDAP result {code}: correct base and filter, or try again"
            return self._gap(call, reason, why)
        if len(entries) > _MOST:
            why = f"it holds more than {_MOST} entries: name a narrower base"
            return self._cut(call, entries, Reason.PARTIAL, why)
        return None

    def _pages(
        self, wanted: str, names: tuple[str, ...], scope: str
    ) -> Iterator[tuple[int, list[dict[str, Any]], bool]]:
        cookie: Any = None
        while True:
            self.connection.search(
                self.source.base,
                wanted,
                search_scope=scope,
                attributes=list(names),
                time_limit=_SEARCH_S,
                paged_size=None if scope == "BASE" else _PAGE,
                paged_cookie=cookie,
            )
            result, said = self.connection.result, self.connection.response or []
            page = [_entry(each) for each in said if each.get("type") == "searchResEntry"]
            yield result["result"], page, any(e.get("type") == "searchResRef" for e in said)
            controls = result.get("controls") or {}
            paged = controls.get("1.2.840.113556.1.4.319") or {}
            cookie = (paged.get("value") or {}).get("cookie")
            if not cookie:
                return

    def _cut(self, call: str, entries: list[dict[str, Any]], reason: Reason, why: str) -> Answer:
        remedy = f"{self.source.id}: {why}"
        return Answer(self.place, call, "", {"entries": entries}, cut=reason, remedy=remedy)

    def _gap(self, call: str, reason: Reason, why: str, right: str = "") -> Gap:
        permission = f"{right} on {self.source.base}" if right else ""
        remedy = f"{why}: grant {permission}" if permission else why
        return Gap(self.place, call, "", reason, f"{self.source.id}: {remedy}", permission)


def _entry(said: Mapping[str, Any]) -> dict[str, Any]:
    raw: Mapping[str, list[bytes]] = said["raw_attributes"]
    texts = {
        name: [value.decode("utf-8", "backslashreplace") for value in values]
        for name, values in raw.items()
        if values
    }
    return {"dn": str(said["dn"]), **texts}


def open_directory(source: DirectorySource, password: str, folder: Path) -> Directory:
    """Connect, encrypt, bind.

    Raises:
        SourceError: it did not answer, its certificate does not hold, or it refused.
    """
    import ldap3
    from ldap3.core.exceptions import LDAPExceptionError

    ca = str((folder / source.ca_file).resolve()) if source.ca_file else None
    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=ca)
    where = f"{source.id} ({source.address}:{source.port})"
    try:
        server = ldap3.Server(
            source.address,
            port=source.port,
            use_ssl=source.tls == "ldaps",
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=_CONNECT_S,
        )
        connection = ldap3.Connection(
            server,
            user=source.user or None,
            password=password or None,
            authentication=ldap3.SIMPLE if source.user else ldap3.ANONYMOUS,
            read_only=True,
            auto_referrals=False,
            receive_timeout=_ANSWER_S,
        )
        connection.open()
        # The password must not cross the network before the channel is encrypted.
        if source.tls == "starttls" and not connection.start_tls():
            raise UnreachableError(f"{where} offers no StartTLS: set it up there, or use ldaps")
        if not connection.bind():
            raise _refused(source, connection.result["result"])
    except (LDAPExceptionError, OSError) as error:
        raise UnreachableError(
            f"{where} could not be opened ({type(error).__name__}): "
            "correct address, port, tls or ca_file"
        ) from error
    return Directory(source, connection)


def _refused(source: DirectorySource, code: int) -> SourceError:
    if code in _BUSY:
        return UnreachableError(f"{source.id} is busy: collect again")
    who = f"bind as {source.user}" if source.user else "anonymous bind (or give user)"
    return AccessDeniedError(source.id, who)
