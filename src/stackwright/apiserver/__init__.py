"""What kubectl calls: the Kubernetes API over the object store."""
