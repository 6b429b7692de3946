"""Delivery of releases to a folder, S3 or SFTP: whole or not at all, `latest.json` last."""

from longflow.deliver.delivery import Delivered, deliver, raise_failures, targets_named

__all__ = ["Delivered", "deliver", "raise_failures", "targets_named"]
