"""The kinds we know: names, values, selectors and errors of the Kubernetes API, and the schemas of our CRDs."""
