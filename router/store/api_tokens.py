"""What machines log in by: made by an admin, shown once, kept by its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select, update

from router.accounts.errors import WrongTokenError
from router.accounts.model import Role, checked_name
from router.accounts.trail import Deed
from router.store.account_tables import api_tokens
from router.store.engine import BUSY_S
from router.store.rows import from_us, to_us
from router.store.trail import Change, write
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.accounts.trail import Actor

LONGEST: Final = timedelta(days=366)
SEEN_EVERY: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What a machine logs in by.

    Attributes:
        id: of the token. ``name``: of the machine.
        role: as whom it comes. ``scopes``: what of that it may.
        created: when, by ``who``. ``expires``: when it counts no more.
        seen: its latest request, to the minute.
        revoked: when it was taken back.
    """

    id: int
    name: str
    role: Role
    scopes: frozenset[str]
    created: datetime
    who: str
    expires: datetime
    seen: datetime | None = None
    revoked: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it lets in."""
        return self.revoked is None and now < self.expires


class ApiTokenStore:
    """The tokens.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def find(self, digest: str) -> ApiToken | None:
        """The token of a word, whether it counts or not."""
        query = select(*api_tokens.columns).where(api_tokens.c.digest == digest)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else _token_of(row)

    async def listed(self) -> list[ApiToken]:
        """All of them, newest first."""
        query = select(*api_tokens.columns).order_by(api_tokens.c.id.desc())
        async with self._engine.connect() as connection:
            return [_token_of(row) for row in (await connection.execute(query)).mappings()]

    async def make(self, token: ApiToken, digest: str, actor: Actor) -> int:
        """Keep a new one; gives its id, ``token`` has none yet.

        Raises:
            WrongNameError, WrongTokenError: it was not made.
        """
        if not token.scopes or not token.created < token.expires <= token.created + LONGEST:
            raise WrongTokenError(
                f"Pilih hak, dan masa berlaku paling lama {LONGEST.days} hari.\n"
                f"Choose what it may, and an end within {LONGEST.days} days."
            )
        values: dict[str, object] = {
            "name": checked_name(token.name),
            "digest": digest,
            "role": token.role.value,
            "scopes": " ".join(sorted(token.scopes)),
            "created": to_us(token.created),
            "who": actor.who,
            "expires": to_us(token.expires),
        }
        return await self._transactions.run(partial(_make, values, actor))

    async def saw(self, token: ApiToken, now: datetime) -> None:
        """Note that it was used, if it was not noted just now."""
        if token.seen is None or now - token.seen >= SEEN_EVERY:
            seen = update(api_tokens).where(api_tokens.c.id == token.id).values(seen=to_us(now))
            await self._transactions.run(lambda connection: connection.execute(seen) and None)

    async def revoke(self, token: int, actor: Actor) -> bool:
        """Take one back; False: there is none that was not."""
        return await self._transactions.run(partial(_revoke, token, actor))


def _token_of(row: RowMapping) -> ApiToken:
    return ApiToken(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        scopes=frozenset(row["scopes"].split()),
        created=from_us(row["created"]),
        who=row["who"],
        expires=from_us(row["expires"]),
        seen=None if row["seen"] is None else from_us(row["seen"]),
        revoked=None if row["revoked"] is None else from_us(row["revoked"]),
    )


def _make(values: dict[str, object], actor: Actor, connection: Connection) -> int:
    made: int = connection.execute(
        insert(api_tokens).returning(api_tokens.c.id), values
    ).scalar_one()
    what = f"{values['role']}: {values['scopes']}"
    write(connection, actor, Change(Deed.TOKEN_MADE, str(values["name"]), "", what))
    return made


def _revoke(token: int, actor: Actor, connection: Connection) -> bool:
    mine = (api_tokens.c.id == token, api_tokens.c.revoked.is_(None))
    taking = update(api_tokens).where(*mine).values(revoked=to_us(actor.at))
    name = connection.execute(taking.returning(api_tokens.c.name)).scalar()
    if name is None:
        return False
    write(connection, actor, Change(Deed.TOKEN_REVOKED, name, str(token), ""))
    return True
