"""What can go wrong, as one-line messages that say what to do. `exit_code` is what the command line
returns."""


class ProducerError(Exception):
    exit_code = 1


class OrderFileError(ProducerError):
    """The path, or what it holds, is not something that orders can be read from."""

    exit_code = 2


class DestinationError(ProducerError):
    """The stream cannot be written: it is missing, out of reach, or access is refused."""

    exit_code = 3


class UnsentError(ProducerError):
    """The stream kept refusing records. `sent` and `unsent` are counts of records."""

    exit_code = 4

    def __init__(self, message: str, *, sent: int, unsent: int) -> None:
        super().__init__(message)
        self.sent = sent
        self.unsent = unsent
