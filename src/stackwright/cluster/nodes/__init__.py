"""What a node's state means for the pods on it: taints, evictions, pods of nodes that are gone."""
