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
    # What else there was is thrown away after two weeks.
    "slackbot_outboxentry": "incident_id = {template} AND kind IN ('headline', 'topic', 'channel', 'welcome')",
}
DIFFERENT: Final = {
    "incidents_incident": {"id": "s.id + i", "number": "s.number + i"},
    "slackbot_headline": {"ts": "'0' || i"},
    "slackbot_commschannel": {"channel_id": "'CCOPY' || i"},
    "slackbot_outboxentry": {"key": "s.key || '-copy-' || i", "order_key": "s.order_key || '-copy-' || i"},
    "slackbot_inboxentry": {"key": "'copy-' || s.id || '-' || i"},
}
MOST_INBOX_ROWS: Final = 100_000  # two weeks of a busy workspace: older ones are thrown away


def fill(engine: Engine, *, incidents: int) -> int:
    """Copy the one incident there is until there are so many; return how many rows were written. Nobody may run."""
    with closing(engine.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT id FROM incidents_incident")
        ((template,),) = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM slackbot_inboxentry")
        inbox_rows = cursor.fetchone()[0]
        cursor.execute("BEGIN")
        written = sum(
            _copy(cursor, table, where.format(template=template), copies=incidents - 1) for table, where in KEPT.items()
        )
        inbox_copies = min(incidents - 1, MOST_INBOX_ROWS // inbox_rows)
        written += _copy(cursor, "slackbot_inboxentry", "NOT is_open", copies=inbox_copies)
        cursor.execute(f"UPDATE incidents_counter SET value = value + {incidents - 1} WHERE name = 'incident'")
        if engine.database:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('incidents_incident', 'id'), max(id)) FROM incidents_incident"
            )
        cursor.execute("COMMIT")
        if engine.database:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum would have done on the way
    return written


def _copy(cursor: Any, table: str, where: str, *, copies: int) -> int:
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")
    columns = [column[0] for column in cursor.description]
    values = {column: f"s.{column}" for column in columns if column != "id"}
    if "incident_id" in values:
        values["incident_id"] = "s.incident_id + i"
    values |= DIFFERENT.get(table, {})
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(values)})"
        f" WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies})"
        f" SELECT {', '.join(values.values())} FROM {table} s CROSS JOIN n WHERE s.id IN"
        f" (SELECT id FROM {table} WHERE {where})"
    )
    return int(cursor.rowcount)
