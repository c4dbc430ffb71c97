"""One message, and how Slack, PagerDuty, a generic webhook and a mail say it.

Sources: Slack incoming webhooks and Block Kit limits (api.slack.com/reference/block-kit/blocks), PagerDuty Events API
v2 (developer.pagerduty.com/docs/events-api-v2), Standard Webhooks 1.0 (standardwebhooks.com).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

INFO, WARNING, CRITICAL = "info", "warning", "critical"
TRIGGER, ACKNOWLEDGE, RESOLVE = "trigger", "acknowledge", "resolve"
SLACK_TEXT, SLACK_FIELD, SLACK_FIELDS = 3000, 2000, 10
PAGER_SUMMARY, PAGER_KEY = 1024, 255


@dataclass(frozen=True)
class Message:
    """What happened: for people (title, facts, link) and for machines (kind, data). Holds no item and no person."""

    kind: str  # "run.finished"
    title: str
    at: str  # ISO 8601, UTC
    project: str  # its slug
    url: str
    facts: tuple[tuple[str, str], ...] = ()
    severity: str = INFO
    action: str = TRIGGER
    dedup_key: str = ""  # the same for all messages of one alert
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Message":
        return cls(**{**told, "facts": tuple((name, value) for name, value in told["facts"])})


def webhook_body(message: Message) -> dict[str, Any]:
    """The generic form: type, timestamp, data."""
    said = {"project": message.project, "title": message.title, "severity": message.severity, "url": message.url}
    return {"type": message.kind, "timestamp": message.at, "data": {**said, **message.data}}


def slack_body(message: Message) -> dict[str, Any]:
    """`text` alone says everything, for chats that know no blocks; Slack shows the blocks instead.

    >>> slack_body(Message("x", "<!channel> & you", "", "p", "https://a.example/"))["text"].splitlines()[0]
    '&lt;!channel&gt; &amp; you'
    """
    title, link = slack_text(message.title), f"<{message.url}|Open in Assay>"
    lines = [f"{slack_text(name)}: {slack_text(value)}" for name, value in message.facts]
    blocks: list[dict[str, Any]] = [_section(f"*{title}*")]
    for start in range(0, len(message.facts), SLACK_FIELDS):
        some = message.facts[start : start + SLACK_FIELDS]
        told = [f"*{slack_text(name)}*\n{slack_text(value)}"[:SLACK_FIELD] for name, value in some]
        blocks.append({"type": "section", "fields": [{"type": "mrkdwn", "text": one} for one in told]})
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": link}]})
    return {"text": "\n".join([title, *lines, link]), "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:SLACK_TEXT]}}


def slack_text(text: str) -> str:
    """Escaped as Slack asks, so that no name in a message can call a channel or hide a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def pagerduty_body(message: Message, *, routing_key: str, source: str) -> dict[str, Any]:
    """An event of Events API v2; acknowledge and resolve name the incident by its key alone."""
    event: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": message.action,
        "dedup_key": message.dedup_key[:PAGER_KEY],
    }
    if message.action != TRIGGER:
        return event
    return event | {
        "payload": {
            "summary": message.title[:PAGER_SUMMARY],
            "source": source,
            "severity": message.severity,
            "timestamp": message.at,
            "component": message.project,
            "class": message.kind,
            "custom_details": {**dict(message.facts), **message.data},
        },
        "links": [{"href": message.url, "text": "Open in Assay"}],
        "client": "Assay",
        "client_url": message.url,
    }


def mail_text(message: Message) -> tuple[str, str]:
    """Subject and text of a mail."""
    subject = " ".join(f"[{message.project}] {message.title}".split())[:200]
    facts = [f"{name}: {value}" for name, value in message.facts]
    return subject, "\n".join([message.title, "", *facts, *([""] if facts else []), message.url, ""])
