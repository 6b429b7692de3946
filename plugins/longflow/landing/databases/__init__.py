"""Sources in databases: the rows of a query, written to one file of the delivery."""

from longflow.landing.databases.deliver import Delivered, deliver

__all__ = ["Delivered", "deliver"]
