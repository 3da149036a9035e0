"""What Home Assistant makes of our messages: Jinja templates, each over every message of every conversation of a site.

Most of what a template sees is not for it: other subjects, other nodes, a retained topic that was cleared. It must
then change nothing. A binary or numeric sensor takes an empty result for that; for other sensors the result is what
they show already (`present`). `None` as a result means: nothing is known.

Variables: `value_json`, the payload, undefined where it is empty; `this`, the sensor as it is
(https://www.home-assistant.io/integrations/mqtt/#using-templates).
"""

from collections.abc import Sequence
from typing import Final

from edge.wire.activity import Activity
from edge.wire.conversation import ConversationState, Lifecycle
from edge.wire.envelope import Envelope
from edge.wire.schemas import schema_id

_AS_IT_IS: Final = "''"
"""The expression that leaves a binary or a numeric sensor as it is."""


def present(allowed: Sequence[str] = ()) -> str:
    """The expression for what a sensor of text shows already; nothing is known where that is none of `allowed`."""
    known = f"this.state in {list(allowed)!r}" if allowed else "this.state not in ['unknown', 'unavailable']"
    return f"this.state if this and {known} else 'None'"


def last_spoken(node: str, result: str, keep: str = _AS_IT_IS) -> str:
    """About whoever spoke last in this node's conversation; nothing is known from its end to the next one.

    Args:
        node: Whose conversation.
        result: An expression of `name`, the speaker's id, and `speaker`, how they were last understood.
        keep: The expression that leaves the sensor as it is.
    """
    found = (
        "{% for name, speaker in value_json.speakers.items() if speaker.utterance == value_json.last_utterance %}"
        f"{{{{ {result} }}}}{{% else %}}{{{{ keep }}}}{{% endfor %}}"
    )
    return _template(node, ConversationState, found, ended="None", keep=keep)


def behind(node: str) -> str:
    """ON while this node's results come late."""
    return _template(node, ConversationState, "{{ 'OFF' if value_json.keeping_up else 'ON' }}", ended="OFF")


def speaking(node: str) -> str:
    """ON while somebody is heard by this node."""
    return _template(node, Activity, "{{ 'ON' if value_json.speaking else 'OFF' }}", ended="OFF")


def _template(node: str, payload: type[Envelope], result: str, ended: str, keep: str = _AS_IT_IS) -> str:
    """What one payload of this node says, and what the end of its conversation says; all else changes nothing."""
    return (
        f"{{% set keep = {keep} %}}"
        f"{{% if value_json is not mapping or value_json.node != '{node}' %}}{{{{ keep }}}}"
        f"{{% elif value_json.schema == '{schema_id(payload)}' %}}{result}"
        f"{{% elif value_json.schema == '{schema_id(Lifecycle)}' and value_json.event == 'ended' %}}{ended}"
        "{% else %}{{ keep }}{% endif %}"
    )
