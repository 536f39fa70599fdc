"""What people read when Slack's code is all there is to say."""

SENTENCES = {
    "already_archived": "This channel is archived already.",
    "already_pinned": "This message is pinned already.",
    "already_reacted": "You reacted with this already.",
    "cant_archive_general": "#general cannot be archived.",
    "invalid_name_maxlength": "Names can be at most 80 characters long.",
    "invalid_name_punctuation": "A name needs a letter or a digit.",
    "invalid_name_required": "Give the channel a name.",
    "invalid_name_specials": "Names are lower case, without spaces or periods.",
    "name_taken": "That name is already taken by a channel.",
    "no_pin": "This message is not pinned.",
    "no_reaction": "You did not react with this.",
    "not_archived": "This channel is not archived.",
    "not_found": "It is not there any more.",
    "too_long": "That is too long: 250 characters at most.",
    "too_many_bookmarks": "This channel has as many bookmarks as it can.",
    "too_many_emoji": "This message has as many reactions as it can.",
    "too_many_pins": "This channel has as many pins as it can.",
}
