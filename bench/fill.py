"""A long history in a minute: copies of one incident that the product itself brought into being, from start to end."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final

from bench.engines import Engine

# Every table that keeps something of each incident for ever, and which rows. Below: what must differ in a copy.
KEPT: Final = {
    "incidents_incident": "id = {template}",
    "incidents_timelineentry": "incident_id = {template}",
    "incidents_link": "incident_id = {template}",
    "incidents_participant": "incident_id = {template}",
    "incidents_roleassignment": "incident_id = {template}",
    "incidents_pin": "incident_id = {template}",
    "slackbot_headline": "incident_id = {template}",
    "slackbot_commschannel": "incident_id = {template}",
}
# Of these, what is older than two weeks is thrown away: a busy workspace has so many.
QUEUES: Final = ("slackbot_inboxentry", "slackbot_outboxentry")
MOST_OF_A_QUEUE: Final = 100_000
MINUTES_APART: Final = 26  # 100,000 incidents are five years
DIFFERENT: Final = {
    "incidents_incident": {"id": "s.id + i", "number": "s.number + i"},
    "slackbot_headline": {"ts": "'0' || i"},
    "slackbot_commschannel": {"channel_id": "'CCOPY' || i"},
    "slackbot_outboxentry": {"key": "s.key || '-copy-' || i", "order_key": "s.order_key || '-copy-' || i"},
    "slackbot_inboxentry": {"key": "'copy-' || s.id || '-' || i"},
}


def fill(engine: Engine, *, incidents: int) -> int:
    """Copy the one incident there is until there are so many; return how many rows were written. Nobody may run."""
    with closing(engine.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT id FROM incidents_incident")
        ((template,),) = cursor.fetchall()
        cursor.execute("BEGIN")
        moment = _IN_POSTGRES if engine.database else _IN_SQLITE
        written = sum(
            _copy(cursor, table, where.format(template=template), last=incidents - 1, moment=moment)
            for table, where in KEPT.items()
        )
        for queue in QUEUES:
            cursor.execute(f"SELECT count(*) FROM {queue} WHERE NOT is_open")
            copies = min(incidents - 1, MOST_OF_A_QUEUE // cursor.fetchone()[0])
            written += _copy(cursor, queue, "NOT is_open", first=incidents - copies, last=incidents - 1)
        cursor.execute(f"UPDATE incidents_counter SET value = value + {incidents - 1} WHERE name = 'incident'")
        if engine.database:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('incidents_incident', 'id'), max(id)) FROM incidents_incident"
            )
        cursor.execute("COMMIT")
        if engine.database:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum would have done on the way
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return written


def add_reminders(engine: Engine, *, count: int) -> int:
    """Have so many incidents wait for a reminder that is due tomorrow; return how many rows were written."""
    tomorrow = "now() + interval '1 day'" if engine.database else "strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 day')"
    engine.query(
        "INSERT INTO slackbot_reminder (incident_id, handler, turn, looks, skips, due_at, is_open)"
        f" SELECT i.id, r.handler, 0, 0, 0, {tomorrow}, i.id = i.id FROM incidents_incident i"
        " CROSS JOIN (SELECT min(handler) AS handler FROM slackbot_reminder) r"
        " WHERE NOT EXISTS (SELECT 1 FROM slackbot_reminder k WHERE k.incident_id = i.id)"
        f" LIMIT {count}"
    )
    if engine.database:
        engine.query("VACUUM ANALYZE slackbot_reminder")
    return count


# The last copy is the latest, as it has the highest number.
_IN_POSTGRES: Final = "s.{column} - ({last} - i) * interval '{apart} minutes'"
_IN_SQLITE: Final = "strftime('%Y-%m-%d %H:%M:%f', s.{column}, ((i - {last}) * {apart}) || ' minutes')"
_UNCHANGED: Final = "s.{column}"


def _copy(cursor: Any, table: str, where: str, *, last: int, first: int = 1, moment: str = _UNCHANGED) -> int:
    """Write the copies number `first` to `last`."""
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")
    columns = [column[0] for column in cursor.description]
    values = {column: f"s.{column}" for column in columns if column != "id"}
    times = [column for column in columns if column.endswith("_at")]
    values |= {column: moment.format(column=column, last=last, apart=MINUTES_APART) for column in times}
    if "incident_id" in values:
        values["incident_id"] = "s.incident_id + i"
    values |= DIFFERENT.get(table, {})
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(values)})"
        f" WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
        f" SELECT {', '.join(values.values())} FROM {table} s CROSS JOIN n WHERE s.id IN"
        f" (SELECT id FROM {table} WHERE {where})"
    )
    return int(cursor.rowcount)
