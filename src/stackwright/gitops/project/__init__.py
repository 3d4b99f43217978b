"""What an AppProject permits: sources, destinations, kinds, namespaces, and when syncs may run. All pure."""
