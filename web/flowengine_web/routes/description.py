"""The description of the API itself, and what it says in other languages."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.route import Area
from flowengine_web.sentences import all_sentences, own_sentences, plant_words

AREA = Area("api", "What there is")


@AREA.get("/api", role=None, answer=dict[str, Any])
def describe_api(call: Call) -> dict[str, Any]:
    """Describe this API (OpenAPI 3.1)."""
    from flowengine_web.openapi import document

    return document(call.site.version)


class Spoken(shapes.Shape):
    """Which language is asked for."""

    language: Annotated[str, Meta(max_length=3)] = ""
    """Such as de; empty, or one that there are no words in: nothing, as what is said is English."""


@AREA.get("/api/sentences", role=None, answer=dict[str, str], query=Spoken, packed=True)
def read_sentences(call: Call) -> dict[str, str]:
    """Return the sentences of answers, problems, statuses and alarms, English to another language.

    Names in braces stand for values; one with a star stands for another sentence. A stranger gets the engine's own:
    the others would tell which packages are installed, and what the flows say (`words.json`).
    """
    if call.who is None:
        return own_sentences(call.query.language)
    said = plant_words(call.query.language, call.site.folder)
    return said | all_sentences(call.query.language, call.site.service.registry)
