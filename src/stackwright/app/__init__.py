"""Where it is joined: settings, wiring of ports to adapters, and the lifecycle of the process."""
