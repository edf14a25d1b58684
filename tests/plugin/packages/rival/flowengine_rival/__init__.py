"""A package that claims a type of acme's."""

from flowengine import Message, Transform


class Total(Transform, type="acme/total"):
    """Claim what is taken."""

    def process(self, msg: Message) -> Message:
        """Return the message."""
        return msg
