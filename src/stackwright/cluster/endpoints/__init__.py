"""Where Services lead: Endpoints and EndpointSlices, kept from their pods."""
