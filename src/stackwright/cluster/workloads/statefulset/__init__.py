"""StatefulSets: pods with a name, a place in the order and volumes of their own."""
