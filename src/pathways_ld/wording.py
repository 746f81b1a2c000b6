"""Marks texts of the interface where they are constants; the web layer translates what it shows."""

from __future__ import annotations

from typing import TypeVar

Text = TypeVar("Text", bound=str)


def N_(text: Text) -> Text:  # noqa: N802 - the name that tools for translations look for
    """Give the text as it is; its translation is looked up where it is shown."""
    return text


class Said(str):
    """A text with values in it: English wherever it is read as a string, yet a page can translate it.

    `text` is what is translated, with ``%(name)s`` for each value; a value may be such a text itself.
    """

    __slots__ = ("text", "values")

    text: str
    values: dict[str, str | int]

    def __new__(cls, text: str, /, **values: str | int) -> Said:
        """Put values into a text, whole numbers with commas."""
        shown = {name: f"{each:,}" if isinstance(each, int) else each for name, each in values.items()}
        said = super().__new__(cls, text % shown)
        said.text, said.values = text, values
        return said
