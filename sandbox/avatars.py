"""Pictures of people, drawn: a coloured tile with their initials."""

from html import escape

from sandbox.workspace import BOT_USER, SLACKBOT, TEAM_ID, Workspace

_FACE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72" width="72" height="72" role="img" '
    'aria-label="{label}">'
    '<rect width="72" height="72" rx="12" fill="{color}"/>'
    '<text x="36" y="37" fill="#fff" font-family="system-ui, sans-serif" font-size="{size}" font-weight="600" '
    'text-anchor="middle" dominant-baseline="central">{sign}</text></svg>'
)
_SIGNS = {BOT_USER: "🚨", SLACKBOT: "🤖"}


def draw(workspace: Workspace, name: str) -> str | None:
    """Return the SVG of a person or of the team, None for nobody."""
    if name == TEAM_ID:
        return _FACE.format(label="Sandbox", color="#1a1d21", sign="S", size=38)
    user = workspace.users.get(name)
    if user is None:
        return None
    words = user.real_name.split() or ["?"]
    initials = "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper()
    sign = _SIGNS.get(user.id, initials)
    return _FACE.format(label=escape(user.real_name), color=escape(user.color), sign=escape(sign), size=30)
