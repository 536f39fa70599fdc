"""Let other packages follow timelines: Slack, an integration, a plugin.

A package registers a `Follower` (`registry`), whose `handle` gets each entry that is recorded from then on, in order
per incident. How far it has come with an incident is a row, its cursor (`cursors`), which opens in the transaction that
records the entry (`opening`). A worker of the follower's queue hands over the entries and moves the cursor in the same
transaction (`running`). An entry that keeps failing gets its own row for operators (`operating`), and the cursor goes
on. So one follower that fails delays no other, and no later entry for ever.
"""
