"""One test for all rows of a table, which reports every row that is wrong."""


def for_all(cases):
    """Make one test of a check that is called with each of ``cases``, pairs of name and values.

    A test for each would be thousands, and starting them takes longer than what they check.
    """

    def decorate(check):
        def test():
            wrong = []
            for name, values in cases:
                try:
                    check(*values)
                except Exception as error:  # noqa: BLE001  # told with its row
                    wrong.append(f"{name}: {type(error).__name__}: {error}")
            assert not wrong, "\n".join(wrong)
            assert cases

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate
