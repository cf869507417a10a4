"""The stories, one a file: each a real situation, from order to end, that goes wrong in places.

A script says what happens; how it is told is in `cocket.demo.telling`. Its docstring is what the
page in docs/stories begins with.
"""

from cocket.demo.stories import buy, clear, durian, pay, sell, ship, travel
from cocket.demo.telling import Story

STORIES: dict[str, Story] = {
    "durian": durian.STORY,
    "buy": buy.STORY,
    "sell": sell.STORY,
    "pay": pay.STORY,
    "ship": ship.STORY,
    "travel": travel.STORY,
    "clear": clear.STORY,
}
DEFAULT = "durian"
