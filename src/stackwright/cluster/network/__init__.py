"""Controllers of services: endpoints, endpoint slices, load balancers."""
