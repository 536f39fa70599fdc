"""Two hundred messages a second and a channel of five thousand: the page stays light.

The bounds are wide, because the machine may be busy with other things; `make bench ARGS=smooth` prints the figures.
"""

from __future__ import annotations

from playwright.sync_api import expect

from bench.figures import percentile
from bench.smooth import MANY, RATE, Flood, Watcher, fill, newest, scroll_to_the_beginning, type_until
from tests.browser.sandbox.windows import OpenAs, RunningSandbox

SECONDS = 10
# Rows in the document, however many messages the channel has.
MOST_ROWS = 400
# Shares of the time, seconds.
MOST_BUSY = 0.8  # the same page took 0.60 to 0.69 on a computer with two slow processors
SLOWEST_FRAME = 0.05
SLOWEST_LETTER = 0.2


def test_a_long_channel_and_a_flood_of_messages_stay_smooth(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    fill(sandbox.url)

    page = open_as("ada")
    expect(newest(page, MANY - 1)).to_be_in_viewport()
    watcher = Watcher(page)
    scroll_to_the_beginning(page)
    scrolled = watcher.take()
    expect(newest(page, 0)).to_be_in_viewport()
    assert scrolled.rows < MOST_ROWS
    assert scrolled.busy < MOST_BUSY
    assert percentile(scrolled.frames, 50) <= SLOWEST_FRAME

    page.get_by_role("button", name="Jump to latest").click()
    expect(newest(page, MANY - 1)).to_be_in_viewport()
    watcher.take()
    flood = Flood(sandbox.url, first=MANY, seconds=SECONDS)
    type_until(page, flood)
    assert flood.end() > RATE / 2
    expect(newest(page, MANY + flood.count - 1)).to_be_in_viewport()
    flooded = watcher.take()
    assert flooded.rows < MOST_ROWS
    assert flooded.busy < MOST_BUSY
    assert percentile(flooded.frames, 50) <= SLOWEST_FRAME
    assert percentile(flooded.keys, 50) <= SLOWEST_LETTER
