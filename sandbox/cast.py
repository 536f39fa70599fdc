"""The workspace as it is on the first day: who is there, and which channels they have."""

from sandbox.workspace import BOT_ID, BOT_USER, SLACKBOT, Channel, Note, User, UserGroup, Workspace

PEOPLE = (
    User(
        "U0ADA", "ada", "Ada Lovelace", "Ada", "Engineer", "ada@example.com", "Europe/London", "#7c3aed", is_admin=True
    ),
    User("U0GRACE", "grace", "Grace Hopper", "Grace", "Engineer", "grace@example.com", "America/New_York", "#0f766e"),
    User("U0LINUS", "linus", "Linus Torvalds", "Linus", "Platform", "linus@example.com", "Europe/Helsinki", "#b45309"),
    User(
        "U0KATHERINE",
        "katherine",
        "Katherine Johnson",
        "Katherine",
        "Support lead",
        "katherine@example.com",
        "America/Los_Angeles",
        "#be185d",
    ),
    User("U0RADIA", "radia", "Radia Perlman", "Radia", "Networks", "radia@example.com", "Asia/Tokyo", "#1d4ed8"),
    User("U0ALAN", "alan", "Alan Turing", "Alan", "Auditor", "alan@example.com", "Europe/London", "#4d7c0f"),
)
BOTS = (
    User(SLACKBOT, "slackbot", "Slackbot", "Slackbot", color="#475569", is_bot=True, bot_id="B0SLACKBOT"),
    User(BOT_USER, "incident", "Response", "Response", color="#dc2626", is_bot=True, bot_id=BOT_ID),
)


def first_day(now: float) -> Workspace:
    """Return a new workspace with the cast, four channels and one user group."""
    created = int(now)
    workspace = Workspace()
    for person in (*PEOPLE, *BOTS):
        workspace.users[person.id] = _copy(person, created)
    everybody = [person.id for person in PEOPLE]
    channels = (
        ("C0GENERAL", "general", everybody, "Company-wide announcements and work-based matters"),
        ("C0RANDOM", "random", everybody, "Non-work banter and water cooler conversation"),
        ("C0INCIDENTS", "incidents", [*everybody, BOT_USER], "Every incident has its headline here"),
        ("C0SUPPORT", "support", ["U0KATHERINE", "U0ADA", "U0ALAN"], "What customers tell us"),
    )
    for channel_id, name, members, purpose in channels:
        workspace.channels[channel_id] = Channel(
            channel_id,
            name,
            "public",
            created,
            "U0ADA",
            list(members),
            purpose=Note(purpose, "U0ADA", created),
            is_general=name == "general",
        )
    workspace.groups["S0ONCALL"] = UserGroup(
        "S0ONCALL", "oncall", "On call", ["U0GRACE", "U0LINUS"], "Who answers the pager", created, "U0ADA", created
    )
    return workspace


def _copy(user: User, now: int) -> User:
    return User(
        user.id,
        user.name,
        user.real_name,
        user.display_name,
        user.title,
        user.email,
        user.tz,
        user.color,
        user.is_bot,
        user.is_admin,
        bot_id=user.bot_id,
        updated=now,
    )
