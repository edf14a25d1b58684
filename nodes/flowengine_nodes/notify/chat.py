"""The actuator `notify/chat`."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import Meta

from flowengine import Actuator, BadData, Message, Retry
from flowengine_nodes.notify import filled
from flowengine_nodes.notify.service import Service, as_json
from flowengine_nodes.notify.webhook import RETRY

_LONGEST: Final = 4000
"""Characters of a text; both services take more, but nobody reads it."""

_LIST: Final = re.compile(r"^(\s*\d*)([-+>.])")
"""What would begin a list or a quotation at the start of a line: - item, 1. item."""

_SLACK: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKDOWN: Final = str.maketrans({mark: f"\\{mark}" for mark in "\\*_[]()~`#"})


class Chat(Actuator, type="notify/chat"):
    """Post to a channel of Slack or Microsoft Teams, by its incoming webhook.

    Make the webhook in the chat (Teams: the workflow "Post to a channel when a webhook request is received"), keep its
    address as a secret, and give it to the service: `url: ${secret:channel}`. `{{...}}` in title, text and facts puts a
    property of the message in; nothing that comes with a message is taken as formatting, a link or a mention.

    Example: title `{{topic}} at its limit`, text `{{payload.value}} {{unit}} since {{when}}`.
    """

    retry: ClassVar[Retry] = RETRY

    connection: Annotated[Service, Meta(description="The channel's incoming webhook")]
    chat: Annotated[
        Literal["teams", "slack"],
        Meta(description="Which chat", extra_json_schema={"x-titles": {"teams": "Microsoft Teams", "slack": "Slack"}}),
    ] = "teams"
    title: Annotated[str, Meta(description="In bold; {{...}} is filled in")] = "{{topic}}"
    text: Annotated[str, Meta(description="The text; {{...}} is filled in", extra_json_schema={"x-widget": "text"})] = (
        "{{payload}}"
    )
    facts: Annotated[dict[str, str], Meta(description="Names and values below it; {{...}} is filled in")] = {}

    def __post_init__(self) -> None:
        self._title, self._text = filled.text(self.title), filled.text(self.text)
        self._facts = {name: filled.text(value) for name, value in self.facts.items()}

    async def write(self, msg: Message) -> None:
        """Post it."""
        title, text = self._title(msg).strip(), self._text(msg).strip()
        if not title and not text:
            raise BadData("title and text are both empty for this message")
        facts = {name: fact(msg) for name, fact in self._facts.items()}
        make = teams_card if self.chat == "teams" else slack_message
        await self.connection.send("POST", "", as_json(make(title, text, facts)), "application/json", {})


def slack_message(title: str, text: str, facts: dict[str, str]) -> dict[str, Any]:
    """Return Slack's message in blocks of plain text, which formats nothing; `text` is what a notification shows.

    Source: Slack's reference of Block Kit, header and section, with how long their texts may be.
    """
    blocks: list[dict[str, Any]] = []
    if title:
        blocks.append({"type": "header", "text": _plain(title, 150)})
    if text:
        blocks.append({"type": "section", "text": _plain(text, 3000)})
    shown = [_plain(f"{name}\n{value}", 2000) for name, value in facts.items()]
    blocks += [{"type": "section", "fields": shown[at : at + 10]} for at in range(0, len(shown), 10)]
    short = "\n".join(part for part in (title, text) if part)[:_LONGEST].translate(_SLACK)
    return {"text": short, "blocks": blocks, "link_names": False, "unfurl_links": False, "unfurl_media": False}


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": text if len(text) <= most else f"{text[: most - 1]}…", "emoji": False}


def teams_card(title: str, text: str, facts: dict[str, str]) -> dict[str, Any]:
    """Return an Adaptive Card (1.4) as Teams' webhooks take it; its text is Markdown, so the marks are escaped."""
    body: list[dict[str, Any]] = []
    if title:
        body.append({"type": "TextBlock", "text": _markdown(title), "weight": "Bolder", "size": "Medium", "wrap": True})
    if text:
        body.append({"type": "TextBlock", "text": _markdown(text), "wrap": True})
    if facts:
        shown = [{"title": _markdown(name), "value": _markdown(value)} for name, value in facts.items()]
        body.append({"type": "FactSet", "facts": shown})
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4"}
    content = {**card, "body": body}
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}],
    }


def _markdown(text: str) -> str:
    """Return a text as Markdown that shows it as it is: each line a paragraph, which is how Teams breaks lines."""
    lines = text[:_LONGEST].translate(_MARKDOWN).splitlines()
    return "\n\n".join(_LIST.sub(r"\1\\\2", line) for line in lines)
