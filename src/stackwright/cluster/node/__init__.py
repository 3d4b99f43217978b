"""The node: drivers, the simulated kubelet, and the health of nodes."""
