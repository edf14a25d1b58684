"""Messages as they come from anywhere."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from flowengine import Message


def _messages() -> st.SearchStrategy[Message]:
    plain = (
        st.none()
        | st.booleans()
        | st.integers(-(10**30), 10**30)
        | st.floats()
        | st.floats(-200, 200)
        | st.integers(-200, 200)
        | st.text(max_size=5)
        | st.sampled_from(["21.5", "1e400", "nan", " 7 ", "1_0", "on", 10**400, -(10**309)])
        | st.binary(max_size=3)
    )
    payloads = plain | st.lists(plain, max_size=3) | st.dictionaries(st.sampled_from("abc"), plain, max_size=3)
    return st.builds(
        Message,
        payload=payloads,
        topic=st.sampled_from(["", "a/b", "plant/oven", "7"]),
        time=st.floats(0, 2e9),
        quality=st.sampled_from(["good", "uncertain", "bad"]),
    )


@pytest.fixture(scope="session")
def messages() -> st.SearchStrategy[Message]:
    """A strategy for messages with every kind of payload."""
    return _messages()
