"""What answers a visit: each view gets what its page shows, and does what its form asks for."""

from stackwright.portal.views import applications, editing, live, logs, objects, platform, timeline

__all__ = ["applications", "editing", "live", "logs", "objects", "platform", "timeline"]
