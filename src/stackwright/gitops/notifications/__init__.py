"""Notifications: triggers look at Applications, templates say it, services carry it."""

from stackwright.gitops.notifications.controller import NotificationController

__all__ = ["NotificationController"]
