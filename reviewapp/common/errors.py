"""What an action or a rule may refuse with; middleware turns each into the right answer."""


class NotAllowed(Exception):
    """This person may not do this now. The message is a sentence for them."""


class Conflict(Exception):
    """The thing changed meanwhile. The message says what was kept and what to do."""


class Refused(Exception):
    """The input cannot be used. The message says what is wrong with which thing, and what to do."""
