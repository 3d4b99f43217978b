"""The embedded cluster's own controllers, scheduler, node and drivers: they would run against any Kubernetes API."""

from stackwright.cluster.bootstrap import Endpoint
from stackwright.cluster.cluster import Cluster, ClusterOptions

__all__ = ["Cluster", "ClusterOptions", "Endpoint"]
