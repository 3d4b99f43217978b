"""Controllers of workloads: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job and CronJob."""
