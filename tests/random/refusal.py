"""How a unit of work may end, other than well."""


class Refused(Exception):
    """The unit is refused; ormd has to refuse it too."""

    def __init__(self, kind, why=""):
        super().__init__("%s: %s" % (kind, why))
        self.kind = kind


class LeftOut(Exception):
    """No rule says what the unit is to do; it is not compared."""
